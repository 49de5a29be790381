//go:build !windows

package privilege

func thisProcess() token { return nil }
