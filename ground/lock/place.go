package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Place is something that only one process at a time may work on, and its lock.
type Place struct {
	Path string // the thing itself
	File string // the lock's file
	// Local: no other machine can reach it, so this machine's operating system knows everything
	// about the lock.
	Local bool
}

// Store is the place of a store's folder.
func Store(dir string) Place { return Place{Path: dir, File: filepath.Join(dir, "apply.lock")} }

// Output is the place of an output. Its lock is next to it, so all processes that write the file
// use the same lock, whatever their stores are.
func Output(path string) Place { return Place{Path: path, File: beside(path)} }

// Folder is the place of a target. Its lock is next to the folder. The lock of the root of a
// volume is in this machine's folder for temporary files.
func Folder(path string) (Place, error) {
	full, err := filepath.Abs(path)
	if err == nil {
		full, err = filepath.EvalSymlinks(full)
	}
	if err != nil {
		return Place{}, err
	}
	if filepath.Dir(full) == full {
		return Private(full), nil
	}
	return Place{Path: path, File: beside(full)}, nil
}

func beside(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".gild-lock")
}

// HeldError: another process holds the lock.
type HeldError struct {
	Place   Place
	Holder  *Holder // nil: unknown
	Foreign bool    // held by another machine, whose process may have ended
}

func (e *HeldError) Error() string {
	switch {
	case e.Holder == nil:
		return fmt.Sprintf("%s is held by another process; wait for it to finish, or end it", e.Place.Path)
	case e.Foreign:
		return fmt.Sprintf("%s is held by %s; whether it is still at work can't be told from here: "+
			"if it is not, gild force-unlock takes the lock %s away", e.Place.Path, e.Holder, e.Place.File)
	}
	return fmt.Sprintf("%s is held by %s; wait for it to finish, or end it", e.Place.Path, e.Holder)
}

// State is the state of a lock.
type State struct {
	Holder *Holder // nil: none, or unknown
	There  bool    // the lock's file exists
	Alive  bool    // a process holds it now, as far as the operating system knows
}

// State returns who holds the lock, without changing it.
func (p Place) State() (State, error) {
	file, err := p.try(0)
	if held, ok := errors.AsType[*HeldError](err); ok {
		return State{Holder: held.Holder, There: true, Alive: true}, nil
	}
	if errors.Is(err, fs.ErrNotExist) || err == nil && file == nil { // or it was removed in this moment
		return State{}, nil
	}
	if err != nil {
		return State{}, err
	}
	h, _ := readHolder(p.File)
	return State{Holder: h, There: true}, file.Close()
}

// Break removes the lock, whoever holds it. The caller must know that no process works on the
// place any more.
func (p Place) Break() error {
	if err := os.Remove(p.File); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("take away the lock on %s: %w", p.Path, err)
	}
	return nil
}

// Sweep removes a lock that a dead process of this machine left.
func (p Place) Sweep() error {
	s, err := p.State()
	if err != nil || !s.There || s.Alive || s.Holder != nil && !p.Local && !s.Holder.Here() {
		return err
	}
	l, err := p.Take("")
	if err != nil {
		if errors.As(err, new(*HeldError)) {
			return nil
		}
		return err
	}
	return l.Close()
}
