package dism

import (
	"fmt"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// family is a process and all that it starts. It is a job object ("Job Objects" of the
// Windows documentation): what a process of a job starts belongs to the job.
type family struct{ job windows.Handle }

// newFamily prepares a command to be one. It gets a console group of its own, so that a
// Ctrl-C at the console reaches gild alone ("Process Creation Flags",
// CREATE_NEW_PROCESS_GROUP). DISM would give up in the middle of its work.
func newFamily(cmd *exec.Cmd) (*family, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("make a job object: %w", err)
	}
	f := &family{job}
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
	cmd.Cancel = func() error {
		_ = cmd.Process.Kill() // also where it is not in the job yet
		return windows.TerminateJobObject(f.job, 1)
	}
	return f, nil
}

// adopt takes the process in when it runs. DISM starts others only when it has looked at
// the image, long after this.
func (f *family) adopt(cmd *exec.Cmd) error {
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(cmd.Process.Pid))
	if err != nil {
		return fmt.Errorf("open process %d: %w", cmd.Process.Pid, err)
	}
	defer windows.CloseHandle(process)
	if err := windows.AssignProcessToJobObject(f.job, process); err != nil {
		return fmt.Errorf("put process %d in a job: %w", cmd.Process.Pid, err)
	}
	return nil
}

func (f *family) release() { _ = windows.CloseHandle(f.job) }
