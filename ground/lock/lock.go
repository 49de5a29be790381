// Package lock keeps two processes from working on one thing at once: a store, an
// output, the folder of a target. They may run on one machine or on several.
//
// A lock is a file with who holds it. It is there while it is held, and gone after.
// The operating system releases the lock on the file when its holder ends, however
// that happens: so the lock file of a dead process is recognised and taken over.
// Whether the process of another machine is still at work can't be known here, since
// locks of shared file systems are not relied on: its lock is refused.
package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/ground/regular"
)

// Lock is a lock that is held.
type Lock struct {
	place Place
	file  *flock.Flock

	// Left is the holder before that ended without releasing it; nil: none.
	Left *Holder
}

// attempts is how often a lock is tried whose file goes away meanwhile: each time it
// does, another process has finished.
const attempts = 50

// Take takes the lock for this process alone, or says who has it: then the error is a
// [*HeldError]. The folder of the lock's file must be there.
func (p Place) Take(purpose string) (*Lock, error) {
	l := &Lock{place: p}
	for range attempts {
		file, err := p.try(os.O_CREATE)
		if err != nil {
			return nil, err
		}
		if file == nil {
			time.Sleep(time.Millisecond)
			continue
		}
		l.file = file
		left, some := readHolder(p.File)
		switch {
		case !some:
			if err := writeHolder(p.File, self(purpose)); err != nil {
				return nil, errors.Join(fmt.Errorf("lock %s: %w", p.Path, err), l.Close())
			}
			return l, nil
		case left != nil && !p.Local && !left.Here():
			return nil, errors.Join(&HeldError{Place: p, Holder: left, Foreign: true}, file.Close())
		}
		// It is not written over: it may be another user's.
		if err := l.Close(); err != nil {
			return nil, err
		}
		if l.Left = left; left == nil {
			l.Left = &Holder{}
		}
	}
	return nil, &HeldError{Place: p}
}

// try locks the file with the lock's name. It returns nil if the file has lost its
// name meanwhile: then the lock is worth nothing.
func (p Place) try(flag int) (*flock.Flock, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	// NFS locks only what is open for writing (flock(2), "NFS details").
	file := p.open(os.O_RDWR | flag)
	ok, err := file.TryLock()
	if err != nil && (errors.Is(err, fs.ErrPermission) || readOnly(err)) {
		file = p.open(os.O_RDONLY | flag) // it may be another user's
		ok, err = file.TryLock()
	}
	switch {
	case passing(err):
		return nil, nil
	case err != nil:
		return nil, p.explain(err)
	case !ok:
		return nil, &HeldError{Place: p, Holder: p.heldBy()}
	case !named(file, p.File):
		return nil, file.Close()
	}
	return file, nil
}

// check refuses anything but a regular file with the name of the lock: opening a
// link may lead to another file, and opening a FIFO may block.
func (p Place) check() error {
	info, err := regular.Lstat(p.File)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("lock %s: %s is %s and no lock of gild's; move it away", p.Path, p.File, regular.Kind(info.Mode()))
	}
	return nil // what can't be looked at can't be opened
}

func (p Place) open(flag int) *flock.Flock {
	return flock.New(p.File, flock.SetPermissions(0o666), flock.SetFlag(flag|regular.NoFollow(p.File)))
}

// passing tells of errors that Windows has while a file is being removed.
func passing(err error) bool {
	return err != nil && runtime.GOOS == "windows" && (errors.Is(err, errDeletePending) || errors.Is(err, errSharing))
}

// named reports whether the file that was opened still has its name.
func named(file *flock.Flock, name string) bool {
	open, err := file.Stat()
	if err != nil {
		return false
	}
	now, err := os.Lstat(name)
	return err == nil && os.SameFile(open, now)
}

// heldBy returns who holds the lock. A new holder may not have written its name
// yet.
func (p Place) heldBy() *Holder {
	for range 10 {
		if h, _ := readHolder(p.File); h != nil {
			return h
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

func (p Place) explain(err error) error {
	if err := p.check(); err != nil {
		return err
	}
	if errors.Is(err, fs.ErrPermission) || readOnly(err) {
		return fmt.Errorf("lock %s: %w; its folder must be one that can be written to", p.Path, err)
	}
	return fmt.Errorf("lock %s: %w", p.Path, err)
}

// Close releases the lock and removes its file. Closing twice is no error.
func (l *Lock) Close() error {
	if l == nil || !l.file.Locked() {
		return nil
	}
	// A file without a name can't be found any more, so it is removed while it is held.
	mine := named(l.file, l.place.File)
	var err error
	switch {
	case mine && runtime.GOOS != "windows":
		err = os.Remove(l.place.File)
	case mine: // nothing is left for who comes before it is removed
		err = os.Truncate(l.place.File, 0)
	}
	err = errors.Join(err, l.file.Close())
	if mine && err == nil && runtime.GOOS == "windows" {
		err = removeClosed(l.place.File)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("give back the lock on %s: %w", l.place.Path, err)
	}
	return nil
}

// removeClosed removes the file on Windows, which does not remove one that is open:
// that of who came in between stays, and who only reads it gets a moment to finish.
func removeClosed(name string) error {
	for range 20 {
		err := os.Remove(name)
		if !passing(err) {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}
