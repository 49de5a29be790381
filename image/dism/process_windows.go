package dism

import (
	"fmt"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// family is a process with all processes that it starts: a job object ("Job Objects" in
// the Windows documentation). Processes that a process of a job starts belong to the
// job.
type family struct{ job windows.Handle }

// newFamily prepares a command for a family. The command gets a process group of its
// own, so that a Ctrl-C at the console reaches only gild ("Process Creation Flags",
// CREATE_NEW_PROCESS_GROUP). DISM would stop in the middle of its work.
func newFamily(cmd *exec.Cmd) (*family, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("make a job object: %w", err)
	}
	f := &family{job}
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
	cmd.Cancel = func() error {
		_ = cmd.Process.Kill() // also if it is not in the job yet
		return windows.TerminateJobObject(f.job, 1)
	}
	return f, nil
}

// adopt adds the running process to the job. DISM starts others only after it has
// examined the image, long after this.
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
