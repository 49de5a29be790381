//go:build !windows

package dism

import "os/exec"

// family is a process with all processes that it starts. Only Windows has a DISM that
// starts others; here only the command is ended.
type family struct{}

func newFamily(*exec.Cmd) (*family, error) { return &family{}, nil }

func (*family) adopt(*exec.Cmd) error { return nil }

func (*family) release() {}
