package crash

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// How is what happens to a system call.
type How string

const (
	Before How = "before" // the program dies, the call is not made
	During How = "during" // half of the bytes are written, then the program dies; of other calls as After
	After  How = "after"  // the program dies, the call was made
	NoRoom How = "ENOSPC" // the call fails for lack of room, and so do all after it that write
	Broken How = "EIO"    // the call fails, and so do all after it that write
	Stop   How = "SIGINT" // the program is asked to end, the call is made
)

// Cut is where a program is cut: the Nth call, from 1. None is cut with 0.
type Cut struct {
	N   int
	How How
}

func (c Cut) String() string { return fmt.Sprintf("%s call %d", c.How, c.N) }

// Point is a call that was seen.
type Point struct {
	Call string // name of the system call
	Path string // of the file, as far as it is known
}

// Result is what became of a run.
type Result struct {
	Points []Point // all that were seen, in order
	Exit   int     // exit code; -1 if the program was killed
}

// watched are the calls that change what is on a disk.
var watched = map[uint64]string{
	unix.SYS_WRITE: "write", unix.SYS_PWRITE64: "pwrite64", unix.SYS_WRITEV: "writev", unix.SYS_COPY_FILE_RANGE: "copy_file_range",
	unix.SYS_FSYNC: "fsync", unix.SYS_FDATASYNC: "fdatasync", unix.SYS_FTRUNCATE: "ftruncate",
	unix.SYS_RENAME: "rename", unix.SYS_RENAMEAT: "renameat", unix.SYS_RENAMEAT2: "renameat2",
	unix.SYS_UNLINK: "unlink", unix.SYS_UNLINKAT: "unlinkat", unix.SYS_LINKAT: "linkat",
	unix.SYS_MKDIR: "mkdir", unix.SYS_MKDIRAT: "mkdirat", unix.SYS_OPENAT: "openat",
	unix.SYS_FCHMOD: "fchmod", unix.SYS_FCHMODAT: "fchmodat",
}

// byFile are those whose first argument is a file that is open.
var byFile = map[uint64]bool{
	unix.SYS_WRITE: true, unix.SYS_PWRITE64: true, unix.SYS_WRITEV: true, unix.SYS_FSYNC: true, unix.SYS_FDATASYNC: true,
	unix.SYS_FTRUNCATE: true, unix.SYS_FCHMOD: true,
}

// fails are those that a full or broken disk lets fail.
var fails = map[uint64]bool{
	unix.SYS_WRITE: true, unix.SYS_PWRITE64: true, unix.SYS_WRITEV: true, unix.SYS_COPY_FILE_RANGE: true,
	unix.SYS_FSYNC: true, unix.SYS_FDATASYNC: true, unix.SYS_MKDIR: true, unix.SYS_MKDIRAT: true, unix.SYS_OPENAT: true,
}

// tracer follows one program.
type tracer struct {
	below  string // calls on open files outside of this folder do not count
	cut    Cut
	group  int
	within map[int]bool // threads that are in a call
	after  map[int]func(*unix.PtraceRegs) error
	failed bool
	result Result
}

// Run runs the program, whose standard streams must be files or nil, and cuts it.
// Only calls on files below the folder count, where the call names an open file.
func Run(cmd *exec.Cmd, below string, cut Cut) (Result, error) {
	runtime.LockOSThread() // only the thread that began to trace may go on
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := cmd.Start(); err != nil {
		return Result{}, err
	}
	t := &tracer{below: below, cut: cut, group: cmd.Process.Pid, within: map[int]bool{}, after: map[int]func(*unix.PtraceRegs) error{}}
	err := t.follow(cmd.Process.Pid)
	if err != nil {
		t.kill()
	}
	return t.result, errors.Join(err, cmd.Process.Release())
}

func (t *tracer) kill() { _ = unix.Kill(-t.group, unix.SIGKILL) }

// follow lets the program run until it has ended.
func (t *tracer) follow(first int) error {
	var status unix.WaitStatus
	if _, err := unix.Wait4(first, &status, 0, nil); err != nil {
		return err
	}
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL
	if err := unix.PtraceSetOptions(first, options); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	t.result.Exit = -1
	t.resume(first, 0)
	for {
		tid, err := unix.Wait4(-t.group, &status, unix.WALL, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ECHILD):
			return nil
		case err != nil:
			return err
		case status.Exited() || status.Signaled():
			if tid == first && status.Exited() {
				t.result.Exit = status.ExitStatus()
			}
			continue
		}
		if err := t.stopped(tid, status); err != nil {
			return err
		}
	}
}

// stopped decides what a thread that stopped goes on with.
func (t *tracer) stopped(tid int, status unix.WaitStatus) error {
	signal := status.StopSignal()
	switch {
	case signal == unix.SIGTRAP|0x80:
		err := t.call(tid)
		t.resume(tid, 0)
		if errors.Is(err, unix.ESRCH) { // killed meanwhile
			err = nil
		}
		return err
	case signal == unix.SIGTRAP, signal == unix.SIGSTOP: // events of tracing, new threads
		t.resume(tid, 0)
	default:
		t.resume(tid, signal)
	}
	return nil
}

// resume lets a thread go on to its next stop. One that is gone needs nothing.
func (t *tracer) resume(tid int, signal syscall.Signal) {
	_ = unix.PtraceSyscall(tid, int(signal))
}

// call looks at a thread that begins a call or has made it.
func (t *tracer) call(tid int) error {
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &regs); err != nil {
		return err
	}
	t.within[tid] = !t.within[tid]
	if !t.within[tid] {
		do := t.after[tid]
		delete(t.after, tid)
		if do == nil {
			return nil
		}
		if err := do(&regs); err != nil {
			return err
		}
		return unix.PtraceSetRegs(tid, &regs)
	}
	name := watched[regs.Orig_rax]
	path, counts := t.place(tid, &regs)
	if name == "" || !counts {
		return nil
	}
	t.result.Points = append(t.result.Points, Point{Call: name, Path: path})
	if err := t.intervene(tid, &regs); err != nil {
		return err
	}
	return unix.PtraceSetRegs(tid, &regs)
}

// place returns what a call is about, and whether that counts.
func (t *tracer) place(tid int, regs *unix.PtraceRegs) (string, bool) {
	switch {
	case byFile[regs.Orig_rax]:
		path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tid, regs.Rdi))
		return path, err == nil && strings.HasPrefix(path, t.below+"/")
	case regs.Orig_rax == unix.SYS_OPENAT:
		return "", regs.Rdx&(unix.O_CREAT|unix.O_TRUNC) != 0
	}
	return "", true
}

// intervene does what is to be done to a call that begins.
func (t *tracer) intervene(tid int, regs *unix.PtraceRegs) error {
	if t.failed && fails[regs.Orig_rax] {
		t.refuse(tid, regs)
		return nil
	}
	if len(t.result.Points) != t.cut.N {
		return nil
	}
	dies := func(*unix.PtraceRegs) error { t.kill(); return nil }
	switch t.cut.How {
	case Before:
		regs.Orig_rax = ^uint64(0) // the call is not made
		t.kill()
	case During:
		if regs.Orig_rax == unix.SYS_WRITE || regs.Orig_rax == unix.SYS_PWRITE64 {
			regs.Rdx /= 2
		}
		t.after[tid] = dies
	case After:
		t.after[tid] = dies
	case NoRoom, Broken:
		t.failed = true
		if fails[regs.Orig_rax] {
			t.refuse(tid, regs)
		}
	case Stop:
		return unix.Kill(t.group, unix.SIGINT)
	}
	return nil
}

// refuse lets a call fail without being made.
func (t *tracer) refuse(tid int, regs *unix.PtraceRegs) {
	errno := uint64(unix.ENOSPC)
	if t.cut.How == Broken {
		errno = uint64(unix.EIO)
	}
	regs.Orig_rax = ^uint64(0)
	t.after[tid] = func(regs *unix.PtraceRegs) error { regs.Rax = -errno; return nil }
}
