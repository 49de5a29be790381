// Package rotate writes logs and rotates them as DISM does: dism.log.bak is the log before
// dism.log, dism.log.1.bak the one before that, and so on. Begin with [Open].
//
// Logging never fails: lines that can't be written are lost, and that is reported once.
package rotate

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"sync"

	"github.com/gildhq/gild/ground/regular"
)

// Options say when a log is rotated and how many rotated files are kept.
type Options struct {
	MaxSize int64       // largest size in bytes; a longer line gets a file of its own; 0: no limit
	Keep    int         // how many rotated files to keep
	Failed  func(error) // called once, if the log can't be written; may be nil

	// Line matches the beginning of a log's first line. A file that does not match is not a log:
	// it is neither written to nor replaced. Nil: any file is a log.
	Line *regexp.Regexp
}

// Writer appends to a log. Several goroutines may use it. Other processes may write to the same
// log, if each writes whole lines: after one has rotated it, the others notice that when they
// would rotate it themselves.
type Writer struct {
	path string
	opts Options

	mu     sync.Mutex
	f      *os.File // nil if the log could not be reopened
	size   int64
	torn   bool // the last line is incomplete
	stream bool // not a file, so it can't be rotated
	failed bool
}

var _ io.WriteCloser = (*Writer)(nil)

// Open opens the log at a path at its end, and creates it if needed.
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

// look decides how to open the log. An existing file must be a log, or a system stream such as
// /dev/stderr, which may be a link; other links are refused.
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

// isLog refuses an existing file that is no log.
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

// fail reports an error, once.
func (w *Writer) fail(err error) {
	if !w.failed && w.opts.Failed != nil {
		w.opts.Failed(fmt.Errorf("the log is not complete: %w", err))
	}
	w.failed = true
}

// makeRoom rotates the log if it would grow too large. If another program has it open, rotation
// fails and the log continues to grow.
func (w *Writer) makeRoom(n int64) error {
	if w.f == nil {
		return w.open()
	}
	if w.opts.MaxSize <= 0 || w.stream || w.size+n <= w.opts.MaxSize || w.size == 0 {
		return nil
	}
	mine := w.isMine()
	_ = w.f.Close() // each line was written at once
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
		w.size = 0 // so the next attempt comes after as many bytes again
		w.fail(fmt.Errorf("rotate the log: %w", moving))
	}
	return nil
}

// isMine reports whether the open file still has the log's name: another process may have rotated
// it.
func (w *Writer) isMine() bool {
	open, err := w.f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(w.path)
	return err == nil && os.SameFile(open, named)
}

// shift renames each rotated file to the next name, and the log to the first.
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

// Name returns the name of a rotated file, from 1 for the latest.
func Name(path string, n int) string {
	if n == 1 {
		return path + ".bak"
	}
	return fmt.Sprintf("%s.%d.bak", path, n-1)
}
