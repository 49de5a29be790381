package preflight

import "golang.org/x/sys/unix"

// Memory implements [Machine]. Free memory is unknown: reading it takes Mach calls.
func (This) Memory() (Memory, error) {
	total, err := unix.SysctlUint64("hw.memsize")
	return Memory{Total: int64(total), Free: -1, Page: -1}, err
}
