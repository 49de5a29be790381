package volume

import (
	"fmt"

	"golang.org/x/sys/windows"
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
	v.RAM = drive == windows.DRIVE_RAMDISK
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
