//go:build !windows

package regular

import "syscall"

// NonBlock is the flag of [os.OpenFile] with which nothing is waited for.
const NonBlock = syscall.O_NONBLOCK

// NoFollow is the flag of [os.OpenFile] with which a file is opened, or made, only
// under its own name: a link in its place is an error, and nothing is waited for.
const NoFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
