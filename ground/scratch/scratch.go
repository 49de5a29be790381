// Package scratch gives out folders for temporary files, with promised room.
//
// A [Pool] has roots, on several volumes if there are some. [Pool.Take] returns a
// folder on a volume that has the wanted bytes beyond those promised to others, in
// this process and in all others with the same roots. [Dir.Close] removes the
// folder; the next process that opens the pool removes that of a killed one.
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

// ErrNoRoom is the category of errors of [Pool.Take] that a root with more room would avoid.
var ErrNoRoom = errors.New("no scratch folder has room")

// Options say what a pool is made of.
type Options struct {
	Roots   []string     // folders to choose from; made when they are needed
	Reserve int64        // bytes that stay free on each volume
	Log     hclog.Logger // may be nil

	// Volume tells of the file system that a path is on. Nil: the system is asked.
	Volume func(path string) (volume.Volume, error)
}

// Pool gives out folders. Its methods may be called by several goroutines.
type Pool struct {
	Options

	mu     sync.Mutex
	taken  map[*Dir]bool
	closed chan struct{} // of the next folder that is given back
}

// Need says what a folder is needed for.
type Need struct {
	Bytes int64
	For   string // as in "image kiosk"
	Away  string // a path whose volume is avoided if another one will do; empty: none
}

// Dir is a folder that was given out.
type Dir struct {
	Path string // for temporary files; it is there, and empty

	pool    *Pool
	promise *promise
	volume  string
	once    sync.Once // to give it back
}

// Open makes a pool and removes what dead processes have left in its roots.
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

// Take gives out a folder. Where there is not enough room now, and would be without
// what this process has promised, it waits until some of that is given back. What it
// returns else wraps [ErrNoRoom], and says of each root why it will not do.
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

// try gives out a folder if there is room for it. If waiting may help it returns what
// to wait for.
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

// waiting reports whether the need could be met if this process gave all back.
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

// away returns the volume that is avoided; empty if it can't be told.
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

// Close removes the folder and all that is in it. Closing twice is no error.
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
