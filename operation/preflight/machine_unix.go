//go:build !windows

package preflight

import (
	"io/fs"
	"os"
	"runtime"
)

// Arch implements [Machine].
func (This) Arch() string { return runtime.GOARCH }

// Elevated implements [Machine].
func (This) Elevated() (bool, error) { return os.Geteuid() == 0, nil }

// WinPE implements [Machine].
func (This) WinPE() (bool, error) { return false, nil }

// Antivirus implements [Machine].
func (defender) Antivirus() (Antivirus, error) { return Antivirus{}, errNotWindows }

// MountDriver implements [Machine].
func (mounting) MountDriver() (MountDriver, error) { return MountDriver{}, errNotWindows }

// Deduplicated implements [Machine].
func (mounting) Deduplicated(string) (bool, error) { return false, errNotWindows }

// Controlled implements [Machine].
func (defender) Controlled() (Controlled, error) { return Controlled{}, errNotWindows }

// RegisteredMounts implements [Machine].
func (mounting) RegisteredMounts() (int, error) { return 0, errNotWindows }

// Access implements [Machine].
func (This) Access(path string) (Access, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Access{}, err
	}
	return accessOf(info.Mode()), nil
}

// accessOf reads the mode of a file (inode(7)).
func accessOf(mode fs.FileMode) Access {
	var a Access
	for _, class := range []struct {
		name        string
		read, write fs.FileMode
	}{{"its group", 0o040, 0o020}, {"everyone", 0o004, 0o002}} {
		if mode&class.read != 0 {
			a.Read = append(a.Read, class.name)
		}
		if mode&class.write != 0 {
			a.Write = append(a.Write, class.name)
		}
	}
	return a
}
