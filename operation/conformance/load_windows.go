package conformance

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/ground/busy"
	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/image/dism"
)

func windowsLoaders() []loader {
	return []loader{{"offreg", provesOffreg, byOffreg}, {"loaded", provesLoaded, byRegistry}}
}

// library has the functions of one of Windows' libraries that read a hive.
type library struct {
	enumKey   func(key uintptr, i uint32, name *uint16, length *uint32) error
	enumValue func(key uintptr, i uint32, name *uint16, length, kind *uint32, data *byte, size *uint32) error
	open      func(key uintptr, name *uint16) (uintptr, error)
	close     func(key uintptr) error
}

// code returns the error of a call; nil for ERROR_SUCCESS.
func code(r, _ uintptr, _ error) error {
	if r == 0 {
		return nil
	}
	return syscall.Errno(r)
}

// Sizes of the buffers for names, in UTF-16 units, with the terminating 0.
const (
	keyName   = 256
	valueName = 16384
)

// walk lists the content of a key.
func (lib *library) walk(l listing, path string, key uintptr) error {
	if err := lib.values(l, path, key); err != nil {
		return err
	}
	name := make([]uint16, keyName)
	for i := uint32(0); ; i++ {
		length := uint32(len(name))
		err := lib.enumKey(key, i, &name[0], &length)
		if errors.Is(err, windows.ERROR_NO_MORE_ITEMS) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("key %d below %s: %w", i, path, err)
		}
		sub := path + `\` + text(name[:length])
		l.key(sub)
		below, err := lib.open(key, &name[0])
		if err == nil {
			err = errors.Join(lib.walk(l, sub, below), lib.close(below))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", sub, err)
		}
	}
}

func (lib *library) values(l listing, path string, key uintptr) error {
	name, data := make([]uint16, valueName), make([]byte, 1<<12)
	for i := uint32(0); ; {
		length, size, kind := uint32(len(name)), uint32(len(data)), uint32(0)
		err := lib.enumValue(key, i, &name[0], &length, &kind, &data[0], &size)
		switch {
		case errors.Is(err, windows.ERROR_NO_MORE_ITEMS):
			return nil
		case errors.Is(err, windows.ERROR_MORE_DATA) && size > uint32(len(data)):
			data = make([]byte, size)
		case err != nil:
			return fmt.Errorf("value %d of %s: %w", i, path, err)
		default:
			l.value(path, text(name[:length]), kind, data[:size])
			i++
		}
	}
}

func text(units []uint16) string {
	if len(units) == 0 {
		return ""
	}
	return nt.DecodeUTF16(unsafe.Slice((*byte)(unsafe.Pointer(&units[0])), 2*len(units)))
}

// byOffreg lists a hive with the "Offline Registry Library".
func byOffreg(file string) (l listing, err error) {
	dll := windows.NewLazySystemDLL("offreg.dll")
	if err := dll.Load(); err != nil {
		return nil, skip("this machine has no offreg.dll: %v", err)
	}
	enumKey, enumValue, open, closeKey := dll.NewProc("OREnumKey"), dll.NewProc("OREnumValue"), dll.NewProc("OROpenKey"), dll.NewProc("ORCloseKey")
	lib := library{
		enumKey: func(key uintptr, i uint32, name *uint16, length *uint32) error {
			return code(enumKey.Call(key, uintptr(i), uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(length)), 0, 0, 0))
		},
		enumValue: func(key uintptr, i uint32, name *uint16, length, kind *uint32, data *byte, size *uint32) error {
			return code(enumValue.Call(key, uintptr(i), uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(length)), uintptr(unsafe.Pointer(kind)), uintptr(unsafe.Pointer(data)), uintptr(unsafe.Pointer(size))))
		},
		open: func(key uintptr, name *uint16) (sub uintptr, err error) {
			err = code(open.Call(key, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&sub))))
			return sub, err
		},
		close: func(key uintptr) error { return code(closeKey.Call(key)) },
	}
	path, err := windows.UTF16PtrFromString(file)
	if err != nil {
		return nil, err
	}
	var root uintptr
	if err := code(dll.NewProc("OROpenHive").Call(uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(&root)))); err != nil {
		return nil, fmt.Errorf("OROpenHive: %w", err)
	}
	l = listing{}
	return l, errors.Join(lib.walk(l, "", root), code(dll.NewProc("ORCloseHive").Call(root)))
}

// Options of RegOpenKeyExW: open a key despite its descriptor, with the privilege to back up,
// and open a link itself instead of its target.
const openAll = 0x4 | 0x8

// byRegistry loads a hive into the registry under a unique name, lists it and unloads it
// ("RegLoadKeyW", "RegUnLoadKeyW").
func byRegistry(file string) (l listing, err error) {
	if !windows.GetCurrentProcessToken().IsElevated() {
		return nil, skip("gild does not run as administrator, and loading a hive requires the privileges to back up and to restore")
	}
	privilege.Enable(nil)
	return loadKey(file)
}

func loadKey(file string) (l listing, err error) {
	path, err := windows.UTF16PtrFromString(file)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("%s%d", folderPrefix, os.Getpid())
	name, err := windows.UTF16PtrFromString(key)
	if err != nil {
		return nil, err
	}
	api := windows.NewLazySystemDLL("advapi32.dll")
	load := api.NewProc("RegLoadKeyW")
	machine := uintptr(windows.HKEY_LOCAL_MACHINE)
	if err := code(load.Call(machine, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(path)))); err != nil {
		if v := wineVersion(); v != "" {
			return nil, skip("Wine %s keeps its registry as text and can't load hive files: %v", v, err)
		}
		return nil, fmt.Errorf("RegLoadKey: %w", err)
	}
	defer func() {
		const antivirus = 3 * time.Second // which may have the hive open
		err = errors.Join(err, busy.Wait(antivirus, func() error { return dism.Exe("").UnloadHive(`HKLM\` + key) }))
	}()
	lib := registryLibrary()
	root, err := lib.open(machine, name)
	if err != nil {
		return nil, err
	}
	l = listing{}
	return l, errors.Join(lib.walk(l, "", root), lib.close(root))
}

// registryLibrary returns the functions for the registry of the running Windows.
func registryLibrary() *library {
	api := windows.NewLazySystemDLL("advapi32.dll")
	openKey, enumKey, enumValue := api.NewProc("RegOpenKeyExW"), api.NewProc("RegEnumKeyExW"), api.NewProc("RegEnumValueW")
	return &library{
		enumKey: func(key uintptr, i uint32, name *uint16, length *uint32) error {
			return code(enumKey.Call(key, uintptr(i), uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(length)), 0, 0, 0, 0))
		},
		enumValue: func(key uintptr, i uint32, name *uint16, length, kind *uint32, data *byte, size *uint32) error {
			return code(enumValue.Call(key, uintptr(i), uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(length)), 0, uintptr(unsafe.Pointer(kind)), uintptr(unsafe.Pointer(data)), uintptr(unsafe.Pointer(size))))
		},
		open: func(key uintptr, name *uint16) (sub uintptr, err error) {
			err = code(openKey.Call(key, uintptr(unsafe.Pointer(name)), openAll, windows.KEY_READ, uintptr(unsafe.Pointer(&sub))))
			return sub, err
		},
		close: func(key uintptr) error { return windows.RegCloseKey(windows.Handle(key)) },
	}
}
