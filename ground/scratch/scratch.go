// Package scratch gives out folders for temporary files, with reserved space. Begin with [Open]
// and [Pool.Take].
//
// A [Pool] has roots, on several volumes if the author names several. [Pool.Take] returns a
// folder on a volume that has the wanted bytes in addition to those reserved by this and all
// other processes with the same roots. [Dir.Close] removes the folder; the next process that
// opens the pool removes the folder of a killed one.
package scratch

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/ground/volume"
)

// ErrNoRoom is the category of errors of [Pool.Take] that more free space in a root would avoid.
var ErrNoRoom = errors.New("no scratch folder has room")

// Options describe a pool.
type Options struct {
	Roots   []string     // folders to choose from; created when needed
	Reserve int64        // bytes to leave free on each volume
	Log     hclog.Logger // may be nil

	// Volume returns the file system of a path. Nil: ask the system.
	Volume func(path string) (volume.Volume, error)
}

// Pool gives out folders. Several goroutines may use it.
type Pool struct {
	Options

	mu     sync.Mutex
	taken  map[*Dir]bool
	closed chan struct{} // closed when the next folder is given back
}

// Need says what a folder is for.
type Need struct {
	Bytes int64
	For   string // such as "image kiosk"
	Away  string // a path whose volume to avoid if possible; empty: none
}

// Dir is a folder that was given out.
type Dir struct {
	Path string // folder for temporary files, initially empty

	pool    *Pool
	promise *promise
	volume  string
	once    sync.Once // to give it back
}

// Open opens a pool and removes what dead processes have left in its roots.
func Open(opts Options) (*Pool, error) {
	if len(opts.Roots) == 0 {
		return nil, errors.New("a pool of scratch folders needs a root")
	}
	if opts.Volume == nil {
		opts.Volume = volume.Of
	}
	if opts.Log == nil {
		opts.Log = hclog.NewNullLogger()
	}
	p := &Pool{Options: opts, taken: map[*Dir]bool{}, closed: make(chan struct{})}
	p.Roots = nil
	for _, root := range opts.Roots {
		full, err := filepath.Abs(root)
		if err != nil {
			return nil, fmt.Errorf("scratch folder %s: %w", root, err)
		}
		p.Roots = append(p.Roots, full)
	}
	p.sweep()
	return p, nil
}

// Take gives out a folder. If there is not enough space now, but there would be without the
// reservations of this process, it waits until one of them is given back. Otherwise the error
// wraps [ErrNoRoom], and says why each root can't be used.
func (p *Pool) Take(ctx context.Context, need Need) (*Dir, error) {
	for {
		dir, closed, err := p.try(ctx, need)
		if err == nil || closed == nil {
			return dir, err
		}
		p.Log.Info("waits for scratch room", "for", need.For, "bytes", need.Bytes)
		select {
		case <-closed:
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		}
	}
}

// try gives out a folder if there is space for it. If waiting may help, it returns the channel to
// wait for.
func (p *Pool) try(ctx context.Context, need Need) (*Dir, <-chan struct{}, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	failed, release, err := p.lockRoots(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	roots := p.roots(failed)
	i, err := Choose(roots, need, p.away(need), p.Reserve)
	if err != nil {
		if p.waiting(roots, need) {
			return nil, p.closed, err
		}
		return nil, nil, err
	}
	dir, err := p.make(roots[i], need)
	return dir, nil, err
}

// waiting reports whether there would be enough space if this process gave back all its folders.
func (p *Pool) waiting(roots []Root, need Need) bool {
	if len(p.taken) == 0 {
		return false
	}
	later := make([]Root, len(roots))
	for i, r := range roots {
		for d := range p.taken {
			if d.volume == r.Volume.ID {
				n, used := d.promise.rest(), Size(d.Path)
				r.Promised -= n
				r.Volume.Free += used
			}
		}
		later[i] = r
	}
	_, err := Choose(later, need, "", p.Reserve)
	return err == nil
}

// away returns the volume to avoid; empty if unknown.
func (p *Pool) away(need Need) string {
	if need.Away == "" {
		return ""
	}
	v, err := p.Volume(need.Away)
	if err != nil {
		return ""
	}
	return v.ID
}

func (p *Pool) make(root Root, need Need) (*Dir, error) {
	pr, err := newPromise(root.Path, need)
	if err != nil {
		return nil, fmt.Errorf("make a scratch folder in %s: %w", root.Path, err)
	}
	if root.Volume.RAM {
		p.Log.Warn("scratch is in memory, as no disk has room", "path", pr.files(), "free", size.Text(root.Volume.Free))
	}
	p.Log.Debug("took a scratch folder", "path", pr.files(), "for", need.For, "promised", need.Bytes)
	d := &Dir{Path: pr.files(), pool: p, promise: pr, volume: root.Volume.ID}
	p.taken[d] = true
	return d, nil
}

// Close removes the folder and everything in it. Closing twice is no error.
func (d *Dir) Close() error {
	if d == nil {
		return nil
	}
	var err error
	d.once.Do(func() {
		err = d.promise.end()
		d.pool.mu.Lock()
		defer d.pool.mu.Unlock()
		delete(d.pool.taken, d)
		close(d.pool.closed)
		d.pool.closed = make(chan struct{})
	})
	if err != nil {
		return fmt.Errorf("remove a scratch folder: %w; the next run tries again", err)
	}
	return nil
}
