// Package lock keeps two processes from working on the same thing at once: a store, an output,
// the folder of a target. They may run on one machine or on several. Begin with [Place.Take].
//
// A lock is a file that names its holder. The file exists while the lock is held. The operating
// system releases its lock on the file when the holder ends, for whatever reason, so gild
// recognizes the lock file of a dead process and takes the lock over. gild does not rely on locks
// of shared file systems, so it can't know whether a process on another machine is still running:
// it refuses that machine's lock.
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

// Lock is a held lock.
type Lock struct {
	place Place
	file  *flock.Flock

	// Left is the previous holder if it ended without releasing the lock; nil: none.
	Left *Holder
}

// attempts is how often to try a lock whose file disappears in between: each time, another
// process has finished.
const attempts = 50

// Take takes the lock for this process alone. If another process holds it, the error is a
// [*HeldError]. The folder of the lock's file must exist.
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
		// It is not overwritten: it may belong to another user.
		if err := l.Close(); err != nil {
			return nil, err
		}
		if l.Left = left; left == nil {
			l.Left = &Holder{}
		}
	}
	return nil, &HeldError{Place: p}
}

// try locks the file with the lock's name. It returns nil if the file has lost its name in the
// meantime, since its lock is worth nothing then.
func (p Place) try(flag int) (*flock.Flock, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	// NFS locks only what is open for writing (flock(2), "NFS details").
	file := p.open(os.O_RDWR | flag)
	ok, err := file.TryLock()
	if err != nil && (errors.Is(err, fs.ErrPermission) || readOnly(err)) {
		file = p.open(os.O_RDONLY | flag) // the file may belong to another user
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
	return nil // a file that can't be examined can't be opened
}

func (p Place) open(flag int) *flock.Flock {
	return flock.New(p.File, flock.SetPermissions(0o666), flock.SetFlag(flag|regular.NoFollow(p.File)))
}

// passing reports whether an error occurs on Windows while a file is being removed.
func passing(err error) bool {
	return err != nil && runtime.GOOS == "windows" && (errors.Is(err, errDeletePending) || errors.Is(err, errSharing))
}

// named reports whether the opened file still has its name.
func named(file *flock.Flock, name string) bool {
	open, err := file.Stat()
	if err != nil {
		return false
	}
	now, err := os.Lstat(name)
	return err == nil && os.SameFile(open, now)
}

// heldBy returns the holder. A new holder may not have written its name yet.
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
	// No process can find a file without a name, so it is removed while the lock is held.
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

// removeClosed removes the file on Windows, which does not remove an open file. The file of a
// process that took the lock in between stays; a process that only reads it gets a moment to
// finish.
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
