// Package output gives a written output its name. An output is one file, or the set of files of a
// split image; until it is finished, it has a temporary name. The package does not write or
// verify content. Begin with [Output.Partial] and [Output.Rename].
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

// ErrLeft is wrapped by the error of [Output.Discard]: an unfinished output can't be removed.
var ErrLeft = errors.New("remove an unfinished output")

// Output is the output at a path. Its caller holds the lock on the output.
type Output struct {
	Path string // of the first file
	// Known is how many files gild made, or may have made: those of the current output, and those
	// that a killed run may have left. Rename replaces no other file.
	Known int
}

// Partial returns the temporary name of the output. It is in the same folder, so that one rename
// gives the output its name. It is always the same name, so that the next run replaces what a
// crash left.
func (o *Output) Partial() string {
	return filepath.Join(filepath.Dir(o.Path), "."+filepath.Base(o.Path)+".gild-partial")
}

// present counts the files of a set from the first one up to the first gap.
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

// Written returns the bytes written so far, in all files.
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

// Discard removes an unfinished output, last file first. So after a crash, what is left can be
// found from the first file on.
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

// Rename gives the output its name. A single file replaces the old output in one move. A set
// can't do that: Rename removes the first file of the old set first, and renames the first file
// of the new set last. Whoever opens the output in between finds none, never a mixture.
//
// Before Rename replaces anything, it calls note, which must durably record the number of files:
// that of the old output or of the new one, whichever is larger.
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
			return fmt.Errorf("remove the old output: %w", err)
		}
	}
	for i := n; i > 0; i-- {
		if err := durable.Rename(wim.PartName(o.Partial(), i), wim.PartName(o.Path, i)); err != nil {
			return fmt.Errorf("rename the output: %w", err)
		}
	}
	return o.Tidy(n)
}

// Tidy removes the known files beyond the first n, which is how many the output has.
func (o *Output) Tidy(n int) error {
	for i := o.Known; i > n; i-- {
		if err := os.Remove(wim.PartName(o.Path, i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a file of the old output: %w", err)
		}
	}
	return nil
}

// Left returns how many of the noted files a killed run may have renamed. The note alone does not
// prove that files are gild's: someone else may have written the note, or replaced a file since.
// So each file must show that it is a part of a split image.
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

// CheckForeign checks that an output of n files replaces no file that gild did not make.
func (o *Output) CheckForeign(n int) error {
	for i := 2; i <= n; i++ {
		name := wim.PartName(o.Path, i)
		if _, err := os.Lstat(name); err == nil && i > o.Known {
			return fmt.Errorf("%s exists, but gild did not make it as a part of the output, so gild does not replace it; move it away or choose another output", name)
		}
	}
	return nil
}
