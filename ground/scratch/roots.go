package scratch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/ground/lock"
)

// roots examines the roots; those in failed can't be used. The caller holds the locks of the
// others.
func (p *Pool) roots(failed map[string]error) []Root {
	out := make([]Root, len(p.Roots))
	promised := map[string]int64{} // by volume
	counted := map[string]bool{}
	for i, path := range p.Roots {
		r := &out[i]
		r.Path = path
		if r.Volume, r.Err = p.Volume(path); r.Err != nil || r.Volume.Remote {
			continue
		}
		if r.Err = failed[path]; r.Err != nil {
			continue
		}
		if real := realPath(path); !counted[real] {
			counted[real] = true
			var n int64
			n, r.Err = p.promised(path)
			promised[r.Volume.ID] += n
		}
	}
	for i := range out {
		out[i].Promised = promised[out[i].Volume.ID]
	}
	return out
}

// promised returns the bytes below a root that are reserved and not used yet.
func (p *Pool) promised(root string) (int64, error) {
	all, err := promises(root)
	var sum int64
	for _, pr := range all {
		alive, err := pr.alive()
		switch {
		case err != nil:
			p.Log.Warn("a scratch folder is not understood", "path", pr.dir, "error", err)
		case alive:
			sum += pr.rest()
		}
	}
	return sum, err
}

// sweep removes what dead processes left. It ignores errors, since leftovers do no harm.
func (p *Pool) sweep() {
	failed, release, err := p.lockRoots(context.Background())
	if err != nil {
		p.Log.Warn("scratch folders are not cleared", "error", err)
		return
	}
	defer release()
	for _, root := range p.Roots {
		v, err := p.Volume(root)
		if err != nil || v.Remote || failed[root] != nil {
			continue
		}
		all, err := promises(root)
		for _, pr := range all {
			if alive, stateErr := pr.alive(); stateErr != nil || alive {
				err = errors.Join(err, stateErr)
				continue
			}
			p.Log.Info("removes what a process that is gone has left", "path", pr.dir)
			err = errors.Join(err, remove(pr.dir))
		}
		if err != nil {
			p.Log.Warn("a scratch folder is not cleared", "path", root, "error", err)
		}
	}
}

// patience is how long to wait for another process that holds the roots: it only counts.
const patience = 30 * time.Second

// lockRoots keeps other processes from reserving the same space. All processes lock the roots in
// the same order. It returns why roots can't be used.
func (p *Pool) lockRoots(ctx context.Context) (failed map[string]error, release func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var locks []*lock.Lock
	release = func() {
		for _, l := range slices.Backward(locks) {
			if err := l.Close(); err != nil {
				p.Log.Warn("a lock can't be removed; the next run removes it", "error", err)
			}
		}
	}
	failed = map[string]error{}
	order := slices.SortedFunc(slices.Values(p.Roots), func(a, b string) int { return strings.Compare(realPath(a), realPath(b)) })
	locked := map[string]bool{}
	for _, root := range order {
		if v, err := p.Volume(root); err != nil || v.Remote {
			continue
		}
		if failed[root] = os.MkdirAll(root, 0o777); failed[root] != nil || locked[realPath(root)] {
			continue
		}
		l, err := wait(ctx, lock.Place{Path: root, File: filepath.Join(realPath(root), "gild-scratch.lock"), Local: true})
		switch {
		case errors.As(err, new(*lock.HeldError)):
			release()
			return nil, nil, fmt.Errorf("scratch folder: %w", err)
		case err != nil:
			failed[root] = err
		default:
			locked[realPath(root)] = true
			locks = append(locks, l)
		}
	}
	return failed, release, nil
}

func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// wait takes a lock that other processes only hold for moments.
func wait(ctx context.Context, place lock.Place) (*lock.Lock, error) {
	for {
		l, err := place.Take("the count of scratch room")
		if err == nil || !errors.As(err, new(*lock.HeldError)) {
			return l, err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return nil, err
		}
	}
}
