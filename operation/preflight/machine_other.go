//go:build !linux && !darwin && !windows

package preflight

import "errors"

// Memory implements [Machine].
func (This) Memory() (Memory, error) { return Memory{}, errors.ErrUnsupported }
