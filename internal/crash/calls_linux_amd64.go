package crash

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// calls are those that change what is on a disk: their names, and which of their
// arguments is the file.
var calls = map[uint64]struct {
	name string
	by   reach
	arg  int  // index of the argument
	to   int  // index of a second one, which is a name to be; 0: none
	full bool // fails on a disk that is full or broken
}{
	unix.SYS_WRITE:           {"write", byFile, 0, 0, true},
	unix.SYS_PWRITE64:        {"pwrite64", byFile, 0, 0, true},
	unix.SYS_WRITEV:          {"writev", byFile, 0, 0, true},
	unix.SYS_PWRITEV:         {"pwritev", byFile, 0, 0, true},
	unix.SYS_PWRITEV2:        {"pwritev2", byFile, 0, 0, true},
	unix.SYS_SENDFILE:        {"sendfile", byFile, 0, 0, true},
	unix.SYS_COPY_FILE_RANGE: {"copy_file_range", byFile, 2, 0, true},
	unix.SYS_SPLICE:          {"splice", byFile, 2, 0, true},
	unix.SYS_FSYNC:           {"fsync", byFile, 0, 0, true},
	unix.SYS_FDATASYNC:       {"fdatasync", byFile, 0, 0, true},
	unix.SYS_FTRUNCATE:       {"ftruncate", byFile, 0, 0, false},
	unix.SYS_FALLOCATE:       {"fallocate", byFile, 0, 0, true},
	unix.SYS_FCHMOD:          {"fchmod", byFile, 0, 0, false},
	unix.SYS_MMAP:            {"mmap", byFile, 4, 0, false},
	unix.SYS_TRUNCATE:        {"truncate", byPath, 0, 0, false},
	unix.SYS_RENAME:          {"rename", byPath, 0, 1, false},
	unix.SYS_RENAMEAT:        {"renameat", byName, 0, 2, false},
	unix.SYS_RENAMEAT2:       {"renameat2", byName, 0, 2, false},
	unix.SYS_UNLINK:          {"unlink", byPath, 0, 0, false},
	unix.SYS_RMDIR:           {"rmdir", byPath, 0, 0, false},
	unix.SYS_UNLINKAT:        {"unlinkat", byName, 0, 0, false},
	unix.SYS_LINK:            {"link", byPath, 0, 1, false},
	unix.SYS_LINKAT:          {"linkat", byName, 0, 2, false},
	unix.SYS_SYMLINK:         {"symlink", byPath, 1, 0, true},
	unix.SYS_SYMLINKAT:       {"symlinkat", byName, 1, 0, true},
	unix.SYS_MKDIR:           {"mkdir", byPath, 0, 0, true},
	unix.SYS_MKDIRAT:         {"mkdirat", byName, 0, 0, true},
	unix.SYS_OPEN:            {"open", byPath, 0, 0, true},
	unix.SYS_CREAT:           {"creat", byPath, 0, 0, true},
	unix.SYS_OPENAT:          {"openat", byName, 0, 0, true},
	unix.SYS_FCHMODAT:        {"fchmodat", byName, 0, 0, false},
}

// reach is how a call says which file it means.
type reach int

const (
	byFile reach = iota // an open file
	byPath              // a path
	byName              // an open folder, and a path in the argument after it
)

// event is a call that changes what is on the disk.
type event struct {
	number uint64
	name   string
	path   string // of the file; for those by path also the name
	to     string // the new name, if it gives one
	fails  bool   // on a full disk
	args   [6]uint64
}

// look returns the call that a thread begins, if it changes a file below the folder.
func (t *tracer) look(tid int, regs *unix.PtraceRegs) (event, bool) {
	c, known := calls[regs.Orig_rax]
	e := event{number: regs.Orig_rax, name: c.name, fails: c.full, args: [6]uint64{regs.Rdi, regs.Rsi, regs.Rdx, regs.R10, regs.R8, regs.R9}}
	if !known || !e.changes() {
		return e, false
	}
	e.path = target(tid, c.by, e.args[:], c.arg)
	if c.to > 0 {
		e.to = target(tid, c.by, e.args[:], c.to)
	}
	return e, t.isBelow(e.path) || t.isBelow(e.to)
}

func (t *tracer) isBelow(path string) bool {
	return strings.HasPrefix(path, t.below+"/") || path == t.below
}

// changes tells whether a call of this sort is one that changes something.
func (e event) changes() bool {
	const shared = unix.MAP_SHARED
	switch e.number {
	case unix.SYS_OPENAT:
		return e.args[2]&(unix.O_CREAT|unix.O_TRUNC) != 0
	case unix.SYS_OPEN:
		return e.args[1]&(unix.O_CREAT|unix.O_TRUNC) != 0
	case unix.SYS_MMAP:
		return e.args[3]&shared != 0 && e.args[2]&unix.PROT_WRITE != 0
	}
	return true
}

// target returns the path that a call means.
func target(tid int, by reach, args []uint64, i int) string {
	if by == byFile {
		path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tid, int32(args[i])))
		if err != nil {
			return ""
		}
		return path
	}
	dir, at := fmt.Sprintf("/proc/%d/cwd", tid), args[i]
	if by == byName {
		if fd := int32(args[i]); fd != unix.AT_FDCWD {
			dir = fmt.Sprintf("/proc/%d/fd/%d", tid, fd)
		}
		at = args[i+1]
	}
	path := text(tid, at)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	base, err := os.Readlink(dir)
	if err != nil {
		return path
	}
	return filepath.Join(base, path)
}

// text reads a string of a thread.
func text(tid int, at uint64) string {
	const page = 4096
	var all []byte
	for len(all) < unix.PathMax {
		part := make([]byte, page-at%page) // the next page may not be there
		n, err := unix.PtracePeekData(tid, uintptr(at), part)
		if err != nil && n == 0 {
			break
		}
		if end := bytes.IndexByte(part[:n], 0); end >= 0 {
			return string(append(all, part[:end]...))
		}
		all, at = append(all, part[:n]...), at+uint64(n)
	}
	return string(all)
}
