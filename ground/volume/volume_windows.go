package volume

import (
	"fmt"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

func of(path string) (Volume, error) {
	v, err := describe(path)
	if err != nil {
		return Volume{}, fmt.Errorf("file system of %s: %w", path, err)
	}
	return v, nil
}

func describe(path string) (Volume, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return Volume{}, err
	}
	root := make([]uint16, len(path)+windows.MAX_PATH)
	if err := windows.GetVolumePathName(name, &root[0], uint32(len(root))); err != nil {
		return Volume{}, err
	}
	v := Volume{Root: windows.UTF16ToString(root)}
	drive := windows.GetDriveType(&root[0])
	v.Remote = drive == windows.DRIVE_REMOTE || UNC(path)
	v.RAM = drive == windows.DRIVE_RAMDISK || strings.EqualFold(v.Root, `X:\`) && inWindowsPE()
	v.ID = identity(root)
	var kind [windows.MAX_PATH + 1]uint16
	if err := windows.GetVolumeInformation(&root[0], nil, 0, nil, nil, nil, &kind[0], uint32(len(kind))); err != nil {
		return Volume{}, err
	}
	v.Type = windows.UTF16ToString(kind[:])
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(&root[0], &free, nil, nil); err != nil {
		return Volume{}, err
	}
	v.Free = int64(min(free, 1<<62))
	return v, nil
}

// identity returns the volume's name, which does not depend on where it is mounted;
// for a share its path.
func identity(root []uint16) string {
	var name [64]uint16 // \\?\Volume{GUID}\ has 49 letters
	if err := windows.GetVolumeNameForVolumeMountPoint(&root[0], &name[0], uint32(len(name))); err == nil {
		return windows.UTF16ToString(name[:])
	}
	return strings.ToUpper(windows.UTF16ToString(root))
}

// inWindowsPE reports whether Windows PE runs, whose system drive X: is in memory but
// reports itself as fixed. Only Windows PE has the key MiniNT.
func inWindowsPE() bool {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Control\MiniNT`, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	k.Close()
	return true
}
