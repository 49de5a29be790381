// Package rotate writes logs that keep their last few predecessors, named in the
// manner of DISM: dism.log.bak is the one before dism.log, dism.log.1.bak the one
// before that, and so on.
//
// A log is never a reason to fail: what can't be written is lost, and said once.
package rotate

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"sync"

	"github.com/gildhq/gild/internal/regular"
)

// Options say when a log is put aside and what becomes of it.
type Options struct {
	MaxSize int64       // bytes that a log may have; the one line that is longer than that has it for itself. 0: no limit
	Keep    int         // predecessors that are kept
	Failed  func(error) // is told the first time that the log can't be written; may be nil

	// Line is what the first line of such a log begins with. A file that begins in another
	// way is none: it is not written to and nothing takes its place. Nil: any file is one.
	Line *regexp.Regexp
}

// Writer appends to a log. It may be used by several goroutines. Other processes
// may write to the same log, if each of them writes whole lines: a log that one has
// put aside is let go of by the others when they would put it aside themselves.
type Writer struct {
	path string
	opts Options

	mu     sync.Mutex
	f      *os.File // nil after the log could not be opened again
	size   int64
	torn   bool // the last line is not complete
	stream bool // it is no file and can't be put aside
	failed bool
}

var _ io.WriteCloser = (*Writer)(nil)

// Open opens the log of that path at its end, and makes it where there is none.
func Open(path string, opts Options) (*Writer, error) {
	w := &Writer{path: path, opts: opts}
	if err := w.open(); err != nil {
		return nil, err
	}
	return w, nil
}

func (w *Writer) open() error {
	flag, err := w.look()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(w.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|flag, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	w.f, w.size, w.stream = f, info.Size(), !regular.Is(info)
	return nil
}

// look tells how to open the log. What is there must be a log, or what a stream of the
// system has for a name, such as /dev/stderr: that one may be a link, and others not.
func (w *Writer) look() (flag int, err error) {
	named, err := os.Lstat(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return regular.NoFollow(w.path), nil
	}
	info, err := os.Stat(w.path)
	switch {
	case err != nil && named != nil && named.Mode()&fs.ModeSymlink != 0:
		return 0, fmt.Errorf("%s is a link that leads nowhere; remove it", w.path)
	case err != nil:
		return 0, err
	case info.IsDir():
		return 0, &fs.PathError{Op: "open", Path: w.path, Err: errors.New("is a directory")}
	case !regular.Is(info):
		return regular.NonBlock, nil
	case named.Mode()&fs.ModeSymlink != 0:
		return 0, fmt.Errorf("%s is a link, and a log is not written through one; name the file that it leads to", w.path)
	}
	return regular.NoFollow(w.path), w.isLog(w.path)
}

// isLog refuses a file that is there and is no log.
func (w *Writer) isLog(name string) error {
	f, err := regular.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	head := make([]byte, 64)
	n, _ := f.Read(head)
	if n > 0 && w.opts.Line != nil && !w.opts.Line.Match(head[:n]) {
		err = fmt.Errorf("%s is there and is no log of gild's; move it away or name another file for the log", name)
	}
	return errors.Join(err, f.Close())
}

// Write appends a line, or several. It never fails: see [Options.Failed].
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.write(p); err != nil {
		w.fail(err)
	}
	return len(p), nil
}

func (w *Writer) write(p []byte) error {
	if err := w.makeRoom(int64(len(p))); err != nil {
		return err
	}
	if w.torn {
		p = append([]byte{'\n'}, p...)
	}
	n, err := w.f.Write(p)
	w.size += int64(n)
	if n > 0 {
		w.torn = n < len(p)
	}
	return err
}

// fail says what is wrong, but not again and again.
func (w *Writer) fail(err error) {
	if !w.failed && w.opts.Failed != nil {
		w.opts.Failed(fmt.Errorf("the log is not complete: %w", err))
	}
	w.failed = true
}

// makeRoom puts the log aside if it would grow too large. One that can't be put
// aside, because another program has it open, goes on growing.
func (w *Writer) makeRoom(n int64) error {
	if w.f == nil {
		return w.open()
	}
	if w.opts.MaxSize <= 0 || w.stream || w.size+n <= w.opts.MaxSize || w.size == 0 {
		return nil
	}
	mine := w.isMine()
	_ = w.f.Close() // each line was handed over when it was written
	w.f = nil
	var moving error
	if mine {
		moving = w.shift()
	}
	w.torn = false
	if err := w.open(); err != nil {
		return err
	}
	if moving != nil {
		w.size = 0 // tried again when as much has been written again
		w.fail(fmt.Errorf("rotate the log: %w", moving))
	}
	return nil
}

// isMine tells whether the file that is open still has the log's name: another
// process may have put it aside.
func (w *Writer) isMine() bool {
	open, err := w.f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(w.path)
	return err == nil && os.SameFile(open, named)
}

// shift gives each predecessor the next name, and the log the first one.
func (w *Writer) shift() error {
	if w.opts.Keep <= 0 {
		return os.Remove(w.path)
	}
	for i := 1; i <= w.opts.Keep; i++ {
		if err := w.isLog(Name(w.path, i)); err != nil {
			return err
		}
	}
	for i := w.opts.Keep - 1; i > 0; i-- {
		if err := os.Rename(Name(w.path, i), Name(w.path, i+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Rename(w.path, Name(w.path, 1))
}

// Close closes the log. It never fails.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.f == nil {
		return nil
	}
	if err := w.f.Close(); err != nil {
		w.fail(err)
	}
	w.f = nil
	return nil
}

// Name returns the name of a predecessor, from 1 for the latest.
func Name(path string, n int) string {
	if n == 1 {
		return path + ".bak"
	}
	return fmt.Sprintf("%s.%d.bak", path, n-1)
}
