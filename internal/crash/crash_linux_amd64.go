package crash

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// How is what happens to a system call.
type How string

const (
	Before How = "before"    // the program dies, the call is not made
	During How = "during"    // half of the bytes are written, then the program dies; of other calls as After
	After  How = "after"     // the program dies, the call was made
	NoRoom How = "ENOSPC"    // the call fails for lack of room, and so do all after it that write
	Broken How = "EIO"       // the call fails, and so do all after it that write
	Stop   How = "SIGINT"    // the program is asked to end, the call is made
	Term   How = "SIGTERM"   // the same with another signal
	Twice  How = "2x SIGINT" // the program is asked to end, and once more two calls later
	Meet   How = "meeting"   // something else happens before the call is made: Cut.Do
)

// Cut is where a program is cut: the Nth call, from 1. None is cut with 0.
type Cut struct {
	N   int
	How How
	Do  func() // of Meet
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

// tracer follows one program.
type tracer struct {
	below  string // calls on open files outside of this folder do not count
	cut    Cut
	group  int
	within map[int]bool // threads that are in a call
	after  map[int]func(*unix.PtraceRegs) error
	failed bool
	light  bool      // only calls that are looked at stop the program
	record *recorder // nil: nothing is recorded
	result Result
}

// Run runs the program, whose standard streams must be files or nil, and cuts it.
// Only calls on files below the folder count, which is named without symbolic links.
func Run(cmd *exec.Cmd, below string, cut Cut) (Result, error) {
	return newTracer(below, cut).run(cmd)
}

// Record runs the program to its end and records what it does below the folder. It
// fails if the program changes a file in a way that can't be recorded.
func Record(cmd *exec.Cmd, below string) (*Log, Result, error) {
	t := newTracer(below, Cut{})
	var err error
	if t.record, err = newRecorder(below, t.isBelow); err != nil {
		return nil, Result{}, err
	}
	result, err := t.run(cmd)
	return &t.record.log, result, err
}

func newTracer(below string, cut Cut) *tracer {
	return &tracer{below: below, cut: cut, within: map[int]bool{}, after: map[int]func(*unix.PtraceRegs) error{}}
}

func (t *tracer) run(cmd *exec.Cmd) (Result, error) {
	runtime.LockOSThread() // only the thread that began to trace may go on
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := cmd.Start(); err != nil {
		return Result{}, err
	}
	t.group = cmd.Process.Pid
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
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEEXEC |
		unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_EXITKILL
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
	var err error
	signal := status.StopSignal()
	switch {
	case signal == unix.SIGTRAP|0x80:
		signal = 0
		err = t.call(tid)
	case signal == unix.SIGTRAP && status.TrapCause() == unix.PTRACE_EVENT_SECCOMP && !t.light:
		t.light, signal = true, 0 // the announcement
		clear(t.within)
	case signal == unix.SIGTRAP && status.TrapCause() == unix.PTRACE_EVENT_SECCOMP:
		signal = 0
		err = t.call(tid)
	case signal == unix.SIGTRAP, signal == unix.SIGSTOP: // other events of tracing, new threads
		signal = 0
	}
	t.resume(tid, signal)
	if errors.Is(err, unix.ESRCH) { // killed meanwhile
		err = nil
	}
	return err
}

// resume lets a thread go on to its next stop. One that is gone needs nothing.
func (t *tracer) resume(tid int, signal syscall.Signal) {
	if t.light && t.after[tid] == nil {
		delete(t.within, tid)
		_ = unix.PtraceCont(tid, int(signal))
		return
	}
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
	e, counts := t.look(tid, &regs)
	if !counts {
		return nil
	}
	t.result.Points = append(t.result.Points, Point{Call: e.name, Path: e.path})
	if t.record != nil {
		return t.note(tid, e)
	}
	if err := t.intervene(tid, &regs, e); err != nil {
		return err
	}
	return unix.PtraceSetRegs(tid, &regs)
}

// note records a call once it was made.
func (t *tracer) note(tid int, e event) error {
	made, err := t.record.begin(tid, e)
	if err != nil {
		return err
	}
	t.after[tid] = func(regs *unix.PtraceRegs) error {
		if result := int64(regs.Rax); result >= 0 {
			return made(result)
		}
		return nil
	}
	return nil
}

// later is how many calls lie between the first and the second request to end.
const later = 2

// intervene does what is to be done to a call that begins.
func (t *tracer) intervene(tid int, regs *unix.PtraceRegs, e event) error {
	if t.failed && e.fails {
		t.refuse(tid, regs)
		return nil
	}
	n := len(t.result.Points)
	if t.cut.How == Twice && n == t.cut.N+later {
		return unix.Kill(t.group, unix.SIGINT)
	}
	if n != t.cut.N {
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
		if e.fails {
			t.refuse(tid, regs)
		}
	case Stop, Twice:
		return unix.Kill(t.group, unix.SIGINT)
	case Term:
		return unix.Kill(t.group, unix.SIGTERM)
	case Meet:
		t.cut.Do()
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
