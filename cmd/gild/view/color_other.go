//go:build !windows

package view

import "os"

func enableColor(*os.File) bool { return true }
