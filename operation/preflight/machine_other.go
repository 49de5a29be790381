//go:build !linux && !darwin && !windows

package preflight

import (
	"errors"
	"runtime"
)

// Arch implements [Machine].
func (This) Arch() string { return runtime.GOARCH }

// Memory implements [Machine].
func (This) Memory() (Memory, error) { return Memory{}, errors.ErrUnsupported }
