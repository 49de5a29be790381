package dism

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// ErrNoDISM: this machine has no DISM.
var ErrNoDISM = errors.New("this machine has no DISM")

// None is the name for which [Find] finds no DISM, even on a machine with DISM.
const None = "none"

// Find returns the dism.exe of this machine: the named one, or that of Windows if name
// is empty. A 32-bit process sees another System32; Sysnative is the real one ("File
// System Redirector"), and only a DISM of the system's own architecture can service
// images.
func Find(name string) (Exe, error) {
	if name == None {
		return "", ErrNoDISM
	}
	if name != "" {
		if _, err := os.Stat(name); err != nil {
			return "", fmt.Errorf("DISM: %w", err)
		}
		return Exe(name), nil
	}
	if runtime.GOOS != "windows" {
		return "", ErrNoDISM
	}
	for _, folder := range []string{"Sysnative", "System32"} {
		name := filepath.Join(os.Getenv("SystemRoot"), folder, "Dism.exe")
		if _, err := os.Stat(name); err == nil {
			return Exe(name), nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("DISM: %w", err)
		}
	}
	return "", ErrNoDISM
}
