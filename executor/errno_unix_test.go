//go:build !windows

package executor_test

import "syscall"

const passingNumber = syscall.ETIMEDOUT
