//go:build !windows

package image

import "syscall"

// full are the errors of a disk without room: [POSIX] <errno.h>.
var full = []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT}

// passing are the errors of shares and disks that may answer the next time: [POSIX]
// <errno.h>, with what nfs(5) and mount.cifs(8) say of soft mounts, that they end
// what a server does not answer with EIO or ETIMEDOUT.
var passing = []syscall.Errno{
	syscall.EIO, syscall.EAGAIN, syscall.ETIMEDOUT, syscall.ESTALE, syscall.EHOSTDOWN, syscall.EHOSTUNREACH,
	syscall.ENETDOWN, syscall.ENETUNREACH, syscall.ENETRESET, syscall.ECONNABORTED, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ENOTCONN,
}
