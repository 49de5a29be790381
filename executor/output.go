package executor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gildhq/gild/executor/journal"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/durable"
)

// present counts the files of a set, from the first one to the last that has all
// before it.
func present(first string) (int, error) {
	for n := 1; ; n++ {
		_, err := os.Lstat(image.PartName(first, n))
		if errors.Is(err, fs.ErrNotExist) {
			return n - 1, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// written returns the size of what was written to a file, or to all files of a set.
func written(first string) (int64, error) {
	n, err := present(first)
	var sum int64
	for i := 1; i <= n && err == nil; i++ {
		var info fs.FileInfo
		if info, err = os.Stat(image.PartName(first, i)); err == nil {
			sum += info.Size()
		}
	}
	return sum, err
}

var errLeft = errors.New("remove an unfinished output")

// discard removes an output that is not finished, from the end: so what a crash
// leaves of it is found from the first file on.
func (r *run) discard() error {
	if r.img.Target != "" {
		return nil
	}
	n, err := present(r.partial())
	for ; n > 0 && err == nil; n-- {
		err = os.Remove(image.PartName(r.partial(), n))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errLeft, err)
	}
	return nil
}

// rename gives the output its name. One file replaces what was there in one move.
// A set can't: so the first file of an old set goes first and that of the new one
// comes last. Whoever opens the output in between finds none, never a mixed one.
func (r *run) rename(path string) error {
	n, err := present(path)
	if err == nil {
		err = r.checkForeign(n)
	}
	if err != nil {
		return err
	}
	err = r.noteDurably(journal.Record{Type: journal.ExportDone, Path: path, Output: r.img.Output, Parts: max(n, r.parts)})
	if err != nil {
		return err
	}
	if n > 1 && r.parts > 1 {
		err = os.Remove(r.img.Output)
		if err == nil {
			err = durable.SyncDir(filepath.Dir(r.img.Output))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("make way for the output: %w", err)
		}
	}
	for i := n; i > 0; i-- {
		if err := durable.Rename(image.PartName(path, i), image.PartName(r.img.Output, i)); err != nil {
			return fmt.Errorf("give the output its name: %w", err)
		}
	}
	return r.tidy(n)
}

// tidy removes the files that the old output had more than the new one, which has n.
func (r *run) tidy(n int) error {
	for i := r.parts; i > n; i-- {
		if err := os.Remove(image.PartName(r.img.Output, i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a file of the old output: %w", err)
		}
	}
	return r.note(journal.Record{Type: journal.Renamed, Path: r.img.Output})
}

// leftParts returns how many files of an output a run was about to give their names when
// it was killed. The journal alone does not make them gild's: it may come from somebody
// else, and a file may have taken such a name since. Each must show that it is a part.
func (r *run) leftParts() int {
	noted := journal.Publishing(r.past, r.img.Output)
	owner, ok := r.backend.(image.PartOwner)
	for i := 2; i <= noted && ok; i++ {
		name := image.PartName(r.img.Output, i)
		if _, err := os.Lstat(name); err == nil && !owner.OwnsPart(name, i) {
			return i - 1
		}
	}
	return noted
}

// checkForeign makes sure that no file is replaced that gild did not make: those of
// the output as it was are known, and those a killed run may have left.
func (r *run) checkForeign(n int) error {
	for i := 2; i <= n; i++ {
		name := image.PartName(r.img.Output, i)
		if _, err := os.Lstat(name); err == nil && i > r.parts {
			return fmt.Errorf("%s is there, which gild did not make as a part of the output, and it is not replaced; move it away or choose another output", name)
		}
	}
	return nil
}
