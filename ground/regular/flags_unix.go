//go:build !windows

package regular

import "syscall"

// NonBlock is the flag of [os.OpenFile] for opening without waiting.
const NonBlock = syscall.O_NONBLOCK

// noFollow makes opening a link an error, and opens without waiting.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
