package preflight

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/gildhq/gild/ground/volume"
)

// MountDriver implements [Machine]. Windows has no documented way to find out that it runs in a
// container. All containers have this value, and the service through which their host talks to
// them.
func (mounting) MountDriver() (MountDriver, error) {
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

// Deduplicated implements [Machine]. Deduplication is a separately installed feature of Windows
// Server with its own driver, which filters the volumes that are deduplicated.
func (mounting) Deduplicated(path string) (bool, error) {
	if feature, err := there(`SYSTEM\CurrentControlSet\Services\Dedup`); err != nil || !feature {
		return false, err
	}
	v, err := volume.Of(path)
	if err != nil {
		return false, err
	}
	filters, err := filtersOf(v.Root)
	return slices.ContainsFunc(filters, func(name string) bool { return strings.EqualFold(name, "Dedup") }), err
}

// filtersOf asks the filter manager for the filters on a volume, as fltmc does (fltUser.h,
// FilterVolumeInstanceFindFirst).
func filtersOf(root string) (filters []string, err error) {
	name, err := windows.UTF16PtrFromString(root)
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
	var n uint32
	buffer := make([]byte, 4<<10)
	result, _, _ := first.Call(uintptr(unsafe.Pointer(name)), fullInformation, uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)),
		uintptr(unsafe.Pointer(&n)), uintptr(unsafe.Pointer(&search)))
	for result == 0 {
		filters = append(filters, filterIn(buffer[:min(int(n), len(buffer))]))
		result, _, _ = next.Call(uintptr(search), fullInformation, uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)), uintptr(unsafe.Pointer(&n)))
	}
	if search != 0 {
		_, _, _ = end.Call(uintptr(search))
	}
	if code := windows.Errno(result & 0xffff); code != windows.ERROR_NO_MORE_ITEMS { // of an HRESULT
		return filters, fmt.Errorf("filters of %s: %w", root, code)
	}
	return filters, nil
}

// Controlled implements [Machine]. A policy overrides a setting. The folders that are protected
// by default: "Protect important folders with controlled folder access".
func (defender) Controlled() (Controlled, error) {
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
