package crash

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// recorder writes down what a program does. It reads what was written from the file.
type recorder struct {
	log     Log
	numbers map[uint64]int // of files, by inode
	next    int
	below   func(path string) bool
}

func newRecorder(dir string, below func(string) bool) (*recorder, error) {
	r := &recorder{numbers: map[uint64]int{}, below: below}
	var err error
	r.log.base, err = snapshot(dir, func(number int, path string) error {
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		r.numbers[st.Ino], r.next = number, number+1
		return nil
	})
	return r, err
}

// number returns that of the file at a path.
func (r *recorder) number(path string) (int, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return 0, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	n, ok := r.numbers[st.Ino]
	if !ok {
		return 0, fmt.Errorf("%s: made by a call that was not seen", path)
	}
	return n, nil
}

func (r *recorder) place(path string) (place, error) {
	dir, err := r.number(filepath.Dir(path))
	return place{dir, filepath.Base(path)}, err
}

// made notes a new file or folder.
func (r *recorder) made(path string, folder bool) error {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return err
	}
	n := r.next
	r.next++
	r.numbers[st.Ino] = n
	at, err := r.place(path)
	r.log.ops = append(r.log.ops, operation{kind: names, file: n, at: at, folder: folder})
	return err
}

// begin looks at a call that begins, and returns what is to be done when it was
// made, with what it returned.
func (r *recorder) begin(tid int, e event) (func(result int64) error, error) {
	switch e.number {
	case unix.SYS_WRITE, unix.SYS_WRITEV:
		return r.write(tid, int32(e.args[0]), -1)
	case unix.SYS_SENDFILE:
		return r.write(tid, int32(e.args[0]), -1)
	case unix.SYS_PWRITE64:
		return r.write(tid, int32(e.args[0]), int64(e.args[3]))
	case unix.SYS_COPY_FILE_RANGE, unix.SYS_SPLICE:
		if e.args[3] != 0 {
			return nil, fmt.Errorf("%s to an offset can't be recorded", e.name)
		}
		return r.write(tid, int32(e.args[2]), -1)
	case unix.SYS_FTRUNCATE:
		n, err := r.number(fdPath(tid, int32(e.args[0])))
		return r.add(operation{kind: truncates, file: n, off: int64(e.args[1])}), err
	case unix.SYS_FSYNC, unix.SYS_FDATASYNC:
		n, err := r.number(fdPath(tid, int32(e.args[0])))
		return r.add(operation{kind: flushes, file: n, before: len(r.log.ops)}), err
	case unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_LINK, unix.SYS_LINKAT:
		return r.rename(e)
	case unix.SYS_UNLINK, unix.SYS_UNLINKAT, unix.SYS_RMDIR:
		return r.remove(e)
	case unix.SYS_MKDIR, unix.SYS_MKDIRAT:
		return func(int64) error { return r.made(e.path, true) }, nil
	case unix.SYS_OPEN, unix.SYS_OPENAT, unix.SYS_CREAT:
		return r.open(e)
	case unix.SYS_FCHMOD, unix.SYS_FCHMODAT: // rights are not looked at
		return func(int64) error { return nil }, nil
	}
	return nil, fmt.Errorf("%s of %s can't be recorded", e.name, e.path)
}

// add returns what notes an operation once it was made.
func (r *recorder) add(o operation) func(int64) error {
	return func(int64) error {
		r.log.ops = append(r.log.ops, o)
		return nil
	}
}

func (r *recorder) open(e event) (func(int64) error, error) {
	st, err := os.Lstat(e.path)
	if err != nil {
		return func(int64) error { return r.made(e.path, false) }, nil
	}
	flags := e.args[2]
	if e.number == unix.SYS_OPEN {
		flags = e.args[1]
	}
	if flags&unix.O_TRUNC == 0 && e.number != unix.SYS_CREAT || st.Size() == 0 {
		return func(int64) error { return nil }, nil
	}
	n, err := r.number(e.path)
	return r.add(operation{kind: truncates, file: n}), err
}

func (r *recorder) rename(e event) (func(int64) error, error) {
	if !r.below(e.path) || !r.below(e.to) {
		return nil, fmt.Errorf("%s of %s to %s: in or out of the folder can't be recorded", e.name, e.path, e.to)
	}
	o := operation{kind: names, moves: e.number != unix.SYS_LINK && e.number != unix.SYS_LINKAT}
	var errs [3]error
	o.file, errs[0] = r.number(e.path)
	o.from, errs[1] = r.place(e.path)
	o.at, errs[2] = r.place(e.to)
	if os.IsNotExist(errs[0]) || os.IsNotExist(errs[2]) { // it is going to fail
		errs[0], errs[2] = nil, nil
	}
	return r.add(o), errors.Join(errs[:]...)
}

func (r *recorder) remove(e event) (func(int64) error, error) {
	n, err := r.number(e.path)
	if os.IsNotExist(err) {
		return r.add(operation{}), nil // it is going to fail
	}
	at, errAt := r.place(e.path)
	return r.add(operation{kind: unnames, file: n, at: at}), errors.Join(err, errAt)
}

// write notes what is written at an offset, or where the file stands.
func (r *recorder) write(tid int, fd int32, off int64) (func(int64) error, error) {
	path := fdPath(tid, fd)
	n, err := r.number(path)
	if err == nil && off < 0 {
		off, err = standsAt(tid, fd)
	}
	return func(result int64) error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		data := make([]byte, result)
		if _, err := f.ReadAt(data, off); err != nil && err != io.EOF {
			return err
		}
		r.log.ops = append(r.log.ops, operation{kind: writes, file: n, off: off, data: data})
		return nil
	}, err
}

func fdPath(tid int, fd int32) string { return fmt.Sprintf("/proc/%d/fd/%d", tid, fd) }

// standsAt returns where the next write to an open file goes (proc_pid_fdinfo(5)).
func standsAt(tid int, fd int32) (int64, error) {
	info, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", tid, fd))
	if err != nil {
		return 0, err
	}
	var pos, flags int64
	for line := range strings.Lines(string(info)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch value = strings.TrimSpace(value); name {
		case "pos":
			pos, err = strconv.ParseInt(value, 10, 64)
		case "flags":
			flags, err = strconv.ParseInt(value, 8, 64)
		}
		if err != nil {
			return 0, err
		}
	}
	if flags&unix.O_APPEND == 0 {
		return pos, nil
	}
	st, err := os.Stat(fdPath(tid, fd))
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}
