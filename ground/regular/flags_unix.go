//go:build !windows

package regular

import "syscall"

// NonBlock is the flag of [os.OpenFile] with which nothing is waited for.
const NonBlock = syscall.O_NONBLOCK

// noFollow has a link be an error, and nothing waited for.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
