package preflight

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/gildhq/gild/internal/volume"
)

// MountDriver implements [Machine]. Windows tells in no documented way that it runs in a
// container; all of them have this value, and the service with which their host talks to
// them.
func (This) MountDriver() (MountDriver, error) {
	const services = `SYSTEM\CurrentControlSet\Services\`
	present, err := there(services + "WIMMount")
	if err != nil {
		return MountDriver{}, err
	}
	agent, err := there(services + "cexecsvc")
	if err != nil {
		return MountDriver{}, err
	}
	_, inside := number(`SYSTEM\CurrentControlSet\Control`, "ContainerType")
	return MountDriver{Container: inside || agent, Missing: !present, Disabled: present && disabled("WIMMount")}, nil
}

// Filters implements [Machine], by the filter manager (fltUser.h,
// FilterVolumeInstanceFindFirst).
func (This) Filters(path string) ([]string, error) {
	v, err := volume.Of(path)
	if err != nil {
		return nil, err
	}
	name, err := windows.UTF16PtrFromString(v.Root)
	if err != nil {
		return nil, err
	}
	library := windows.NewLazySystemDLL("fltlib.dll")
	first, next, end := library.NewProc("FilterVolumeInstanceFindFirst"), library.NewProc("FilterVolumeInstanceFindNext"), library.NewProc("FilterVolumeInstanceFindClose")
	if err := errors.Join(first.Find(), next.Find(), end.Find()); err != nil {
		return nil, err
	}
	const fullInformation = 2 // INSTANCE_FULL_INFORMATION
	var search windows.Handle
	var filters []string
	buffer := make([]byte, 4<<10)
	for call, last := first, false; !last; call = next {
		var n uint32
		var result uintptr
		if call == first {
			result, _, _ = call.Call(uintptr(unsafe.Pointer(name)), fullInformation, uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)), uintptr(unsafe.Pointer(&n)), uintptr(unsafe.Pointer(&search)))
		} else {
			result, _, _ = call.Call(uintptr(search), fullInformation, uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)), uintptr(unsafe.Pointer(&n)))
		}
		switch code := windows.Errno(uint32(result) & 0xffff); {
		case result == 0:
			filters = append(filters, filterIn(buffer[:min(int(n), len(buffer))]))
			continue
		case code != windows.ERROR_NO_MORE_ITEMS:
			err = fmt.Errorf("filters of %s: %w", v.Root, code)
		}
		last = true
	}
	if search != 0 {
		_, _, _ = end.Call(uintptr(search))
	}
	return filters, err
}

// filterIn returns the name of the filter in an INSTANCE_FULL_INFORMATION (fltUserStructures.h):
// four strings follow the offset of the next one, each with its length and its offset in
// bytes; the last one is the name of the filter.
func filterIn(information []byte) string {
	const at = 4 + 3*4
	if len(information) < at+4 {
		return ""
	}
	length, offset := int(binary.LittleEndian.Uint16(information[at:])), int(binary.LittleEndian.Uint16(information[at+2:]))
	if offset+length > len(information) {
		return ""
	}
	units := make([]uint16, length/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(information[offset+2*i:])
	}
	return windows.UTF16ToString(units)
}

// Controlled implements [Machine]. A policy wins over a setting. Which folders are protected
// if nothing else is said: "Protect important folders with controlled folder access".
func (This) Controlled() (Controlled, error) {
	const path = `Windows Defender\Windows Defender Exploit Guard\Controlled Folder Access`
	const set, policy = `SOFTWARE\Microsoft\` + path, `SOFTWARE\Policies\Microsoft\` + path
	const value, blocks = "EnableControlledFolderAccess", 1
	mode, ok := number(policy, value)
	if !ok {
		mode, _ = number(set, value)
	}
	c := Controlled{Active: mode == blocks}
	if !c.Active {
		return c, nil
	}
	for _, id := range []*windows.KNOWNFOLDERID{
		windows.FOLDERID_Documents, windows.FOLDERID_Pictures, windows.FOLDERID_Videos, windows.FOLDERID_Music, windows.FOLDERID_Favorites,
		windows.FOLDERID_PublicDocuments, windows.FOLDERID_PublicPictures, windows.FOLDERID_PublicVideos, windows.FOLDERID_PublicMusic,
	} {
		if folder, err := windows.KnownFolderPath(id, 0); err == nil {
			c.Folders = append(c.Folders, folder)
		}
	}
	if users, err := windows.KnownFolderPath(windows.FOLDERID_UserProfiles, 0); err == nil {
		for _, name := range []string{"Documents", "Pictures", "Videos", "Music", "Favorites"} {
			c.Folders = append(c.Folders, filepath.Join(users, "*", name))
		}
	}
	var failed error
	for _, root := range []string{set, policy} {
		folders, err := valueNames(root + `\ProtectedFolders`)
		programs, err2 := valueNames(root + `\AllowedApplications`)
		failed = errors.Join(failed, err, err2)
		c.Folders, c.Allowed = slices.Concat(c.Folders, folders), slices.Concat(c.Allowed, programs)
	}
	return c, failed
}
