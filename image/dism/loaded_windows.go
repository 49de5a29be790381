package dism

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/ground/regular"
)

var _ HiveHolder = Exe("")

// hivelist is the key with the loaded hives: names of values are keys, such as
// \REGISTRY\MACHINE\SOFTWARE, and the data is the path of the file,
// \Device\HarddiskVolume3\….
const hivelist = `SYSTEM\CurrentControlSet\Control\hivelist`

// machineRoot and userRoot are the kernel's names of HKEY_LOCAL_MACHINE and HKEY_USERS.
const (
	machineRoot = `\REGISTRY\MACHINE\`
	userRoot    = `\REGISTRY\USER\`
)

// LoadedHives implements [HiveHolder].
func (Exe) LoadedHives() (map[string]string, error) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, hivelist, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return nil, nil // Wine has no such list, and loads no hives
	}
	if err != nil {
		return nil, fmt.Errorf(`HKLM\%s: %w`, hivelist, err)
	}
	defer k.Close()
	names, err := k.ReadValueNames(-1)
	if err != nil {
		return nil, fmt.Errorf(`HKLM\%s: %w`, hivelist, err)
	}
	loaded := map[string]string{}
	for _, name := range names {
		file, _, err := k.GetStringValue(name)
		if errors.Is(err, registry.ErrNotExist) {
			continue // unloaded meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf(`HKLM\%s, value %q: %w`, hivelist, name, err)
		}
		for root, short := range map[string]string{machineRoot: `HKLM\`, userRoot: `HKU\`} {
			if len(name) > len(root) && strings.EqualFold(name[:len(root)], root) {
				name = short + name[len(root):]
			}
		}
		loaded[name] = canonical(file)
	}
	return loaded, nil
}

// canonical returns the path of a hive file, which may contain short names, in the
// spelling of DevicePath; unchanged if its folder can't be opened. It does not open the
// file, which is in use.
func canonical(file string) string {
	i := strings.LastIndexByte(file, '\\')
	if i <= 0 {
		return file
	}
	dir, err := finalPath(`\\?\GLOBALROOT` + file[:i])
	if err != nil {
		return file
	}
	return dir + file[i:]
}

// DevicePath implements [HiveHolder].
func (Exe) DevicePath(dir string) (string, error) {
	long, err := regular.Long(dir)
	if err != nil {
		return "", err
	}
	return finalPath(long)
}

// finalPath returns the kernel's path of a folder, without drive letters, short names
// and junctions (GetFinalPathNameByHandleW, VOLUME_NAME_NT).
func finalPath(dir string) (string, error) {
	fail := func(call string, err error) (string, error) {
		return "", &os.PathError{Op: call, Path: dir, Err: err}
	}
	p, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return fail("open", err)
	}
	h, err := windows.CreateFile(p, 0, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil,
		windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS, 0)
	if err != nil {
		return fail("open", err)
	}
	defer windows.CloseHandle(h)
	const volumeNameNT = 2
	for buf := make([]uint16, 512); ; {
		n, err := windows.GetFinalPathNameByHandle(h, &buf[0], uint32(len(buf)), volumeNameNT)
		switch {
		case err != nil:
			return fail("GetFinalPathNameByHandle", err)
		case int(n) < len(buf):
			return windows.UTF16ToString(buf[:n]), nil
		}
		buf = make([]uint16, n+1)
	}
}

var regUnLoadKey = windows.NewLazySystemDLL("advapi32.dll").NewProc("RegUnLoadKeyW")

// UnloadHive implements [HiveHolder]. It needs SeBackupPrivilege and SeRestorePrivilege.
func (Exe) UnloadHive(key string) error {
	root, name, _ := strings.Cut(key, `\`)
	hive, known := map[string]windows.Handle{"HKLM": windows.HKEY_LOCAL_MACHINE, "HKU": windows.HKEY_USERS}[root]
	if !known || name == "" || strings.Contains(name, `\`) {
		return fmt.Errorf("only hives directly below HKLM and HKU can be unloaded, not %s", key)
	}
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	privilege.Enable(nil)
	if status, _, _ := regUnLoadKey.Call(uintptr(hive), uintptr(unsafe.Pointer(p))); status != 0 {
		return fmt.Errorf("RegUnLoadKey: %w", syscall.Errno(status))
	}
	return nil
}
