//go:build !windows

package image

import "syscall"

// full are the errors of a disk without room: [POSIX] <errno.h>.
var full = []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT}

// passing are transient errors of shares and disks: [POSIX] <errno.h>. According to
// nfs(5) and mount.cifs(8), soft mounts return EIO or ETIMEDOUT if a server does
// not answer.
var passing = []syscall.Errno{
	syscall.EIO, syscall.EAGAIN, syscall.ETIMEDOUT, syscall.ESTALE, syscall.EHOSTDOWN, syscall.EHOSTUNREACH,
	syscall.ENETDOWN, syscall.ENETUNREACH, syscall.ENETRESET, syscall.ECONNABORTED, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ENOTCONN,
}
