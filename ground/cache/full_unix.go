//go:build !windows

package cache

import "syscall"

// diskFull is the error of a disk without room: [POSIX] <errno.h>.
const diskFull = syscall.ENOSPC
