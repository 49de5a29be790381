package preflight

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Arch implements [Machine].
func (This) Arch() string { return runtime.GOARCH }

// Memory implements [Machine]. Free memory is unknown: reading it takes Mach calls.
func (This) Memory() (Memory, error) {
	total, err := unix.SysctlUint64("hw.memsize")
	return Memory{Total: int64(total), Free: -1, Page: -1}, err
}
