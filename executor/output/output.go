// Package output gives what was written as the output of an image its name. An output
// is a file or a set of them; until it is finished, it has another name.
package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image"
)

// ErrLeft is wrapped by what [Output.Discard] returns: the output is not finished, and can't
// be removed.
var ErrLeft = errors.New("remove an unfinished output")

// Output is what is to be at a path. The lock on the output keeps others away from it.
type Output struct {
	Path string // of the first file
	// Known is how many files there are that gild has made, or may have: those of the output
	// as it is, and those a run that was killed may have left. No other file is replaced.
	Known int
}

// Partial is the name of the output while it is not finished: in its folder, so that it can get
// its name in one move, and always the same, so that what a crash leaves is replaced.
func (o *Output) Partial() string {
	return filepath.Join(filepath.Dir(o.Path), "."+filepath.Base(o.Path)+".gild-partial")
}

// present counts the files of a set, from the first one to the last that has all
// before it.
func present(first string) (int, error) {
	for n := 1; ; n++ {
		_, err := os.Lstat(wim.PartName(first, n))
		if errors.Is(err, fs.ErrNotExist) {
			return n - 1, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// Written returns the size in bytes of what was written, in all files.
func (o *Output) Written() (int64, error) {
	n, err := present(o.Partial())
	var sum int64
	for i := 1; i <= n && err == nil; i++ {
		var info fs.FileInfo
		if info, err = os.Stat(wim.PartName(o.Partial(), i)); err == nil {
			sum += info.Size()
		}
	}
	return sum, err
}

// Discard removes an output that is not finished, from the end: so what a crash
// leaves of it is found from the first file on.
func (o *Output) Discard() error {
	n, err := present(o.Partial())
	for ; n > 0 && err == nil; n-- {
		err = os.Remove(wim.PartName(o.Partial(), n))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLeft, err)
	}
	return nil
}

// Rename gives the output its name. One file replaces what was there in one move.
// A set can't: so the first file of an old set goes first and that of the new one
// comes last. Whoever opens the output in between finds none, never a mixed one.
//
// Before anything is replaced, what is about to happen is to be noted on the disk: with
// the number of files that the output has or will have, whichever are more.
func (o *Output) Rename(note func(files int) error) error {
	n, err := present(o.Partial())
	if err == nil {
		err = o.CheckForeign(n)
	}
	if err == nil {
		err = note(max(n, o.Known))
	}
	if err != nil {
		return err
	}
	if n > 1 && o.Known > 1 {
		err = os.Remove(o.Path)
		if err == nil {
			err = durable.SyncDir(filepath.Dir(o.Path))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("make way for the output: %w", err)
		}
	}
	for i := n; i > 0; i-- {
		if err := durable.Rename(wim.PartName(o.Partial(), i), wim.PartName(o.Path, i)); err != nil {
			return fmt.Errorf("give the output its name: %w", err)
		}
	}
	return o.Tidy(n)
}

// Tidy removes the files that are known and not of the output, which has n.
func (o *Output) Tidy(n int) error {
	for i := o.Known; i > n; i-- {
		if err := os.Remove(wim.PartName(o.Path, i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a file of the old output: %w", err)
		}
	}
	return nil
}

// Left returns how many files a run was about to give their names when it was killed, of
// those it has noted. The note alone does not prove that they are gild's: others may have
// written it, and another file may have such a name since. Each file must show that it is
// a part.
func (o *Output) Left(noted int, backend image.Backend) int {
	owner, ok := backend.(image.PartOwner)
	for i := 2; i <= noted && ok; i++ {
		name := wim.PartName(o.Path, i)
		if _, err := os.Lstat(name); err == nil && !owner.OwnsPart(name, i) {
			return i - 1
		}
	}
	return noted
}

// CheckForeign makes sure that an output of n files replaces none that gild did not make.
func (o *Output) CheckForeign(n int) error {
	for i := 2; i <= n; i++ {
		name := wim.PartName(o.Path, i)
		if _, err := os.Lstat(name); err == nil && i > o.Known {
			return fmt.Errorf("%s is there, which gild did not make as a part of the output, and it is not replaced; move it away or choose another output", name)
		}
	}
	return nil
}
