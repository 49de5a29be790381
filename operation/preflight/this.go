package preflight

import (
	"debug/pe"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/volume"
)

// This is the machine that gild runs on.
type This struct {
	defender
	mounting
}

// defender answers what Microsoft Defender scans and protects.
type defender struct{}

// mounting answers what there is to know about mounting images on this machine.
type mounting struct{}

var _ Machine = This{}

var errNotWindows = errors.New("this is not Windows")

// OS implements [Machine].
func (This) OS() string { return runtime.GOOS }

// Volume implements [Machine].
func (This) Volume(path string) (volume.Volume, error) { return volume.Of(path) }

// Writable implements [Machine]. It opens an existing file without changing it; in a folder it
// creates a file and removes it again.
func (This) Writable(path string) error {
	if info, err := os.Stat(path); err == nil && regular.Is(info) {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return err
		}
		return f.Close()
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".gild-doctor-")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Privileges implements [Machine].
func (This) Privileges() (map[string]privilege.State, error) { return privilege.Held() }

// ProgramArch implements [Machine].
func (This) ProgramArch(path string) (string, error) {
	f, err := pe.Open(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	defer f.Close()
	if arch := archOf(f.Machine); arch != "" {
		return arch, nil
	}
	return "", fmt.Errorf("%s: for an unknown machine (%#x)", path, f.Machine)
}

// archOf returns Go's name of a machine type ("PE Format", "Machine Types").
func archOf(machine uint16) string {
	switch machine {
	case pe.IMAGE_FILE_MACHINE_AMD64:
		return "amd64"
	case pe.IMAGE_FILE_MACHINE_ARM64:
		return "arm64"
	case pe.IMAGE_FILE_MACHINE_I386:
		return "386"
	case pe.IMAGE_FILE_MACHINE_ARMNT:
		return "arm"
	}
	return ""
}
