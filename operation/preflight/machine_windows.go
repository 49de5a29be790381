package preflight

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Arch implements [Machine]. It is the architecture of Windows, even if gild is of another one.
func (This) Arch() string {
	var process, native uint16
	if err := windows.IsWow64Process2(windows.CurrentProcess(), &process, &native); err != nil {
		return ""
	}
	return archOf(native)
}

// Elevated implements [Machine].
func (This) Elevated() (bool, error) { return windows.GetCurrentProcessToken().IsElevated(), nil }

// WinPE implements [Machine]. Only Windows PE has this key.
func (This) WinPE() (bool, error) {
	return there(`SYSTEM\CurrentControlSet\Control\MiniNT`)
}

func there(key string) (bool, error) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if errors.Is(err, registry.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf(`HKLM\%s: %w`, key, err)
	}
	return true, k.Close()
}

// memoryStatus is MEMORYSTATUSEX (sysinfoapi.h).
type memoryStatus struct {
	length, load                                       uint32
	totalPhys, availPhys, totalPage, availPage         uint64
	totalVirtual, availVirtual, availExtendedVirtual64 uint64
}

// Memory implements [Machine]. The commit limit beyond physical memory is page files.
func (This) Memory() (Memory, error) {
	var s memoryStatus
	s.length = uint32(unsafe.Sizeof(s))
	call := windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")
	if ok, _, err := call.Call(uintptr(unsafe.Pointer(&s))); ok == 0 {
		return Memory{}, fmt.Errorf("GlobalMemoryStatusEx: %w", err)
	}
	return Memory{Total: int64(s.totalPhys), Free: int64(s.availPhys), Page: max(0, int64(s.totalPage)-int64(s.totalPhys))}, nil
}

// RegisteredMounts implements [Machine].
func (mounting) RegisteredMounts() (int, error) {
	const key = `SOFTWARE\Microsoft\WIMMount\Mounted Images`
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, registry.ENUMERATE_SUB_KEYS|registry.WOW64_64KEY)
	if errors.Is(err, registry.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf(`HKLM\%s: %w`, key, err)
	}
	defer k.Close()
	names, err := k.ReadSubKeyNames(-1)
	return len(names), err
}

// Antivirus implements [Machine]. A policy overrides a setting.
func (defender) Antivirus() (Antivirus, error) {
	const set, policy = `SOFTWARE\Microsoft\Windows Defender`, `SOFTWARE\Policies\Microsoft\Windows Defender`
	present, err := there(set)
	if err != nil || !present {
		return Antivirus{}, err
	}
	off := flag(policy, "DisableAntiSpyware") || flag(set, "DisableAntiSpyware") ||
		flag(policy+`\Real-Time Protection`, "DisableRealtimeMonitoring") || flag(set+`\Real-Time Protection`, "DisableRealtimeMonitoring") ||
		disabled("WinDefend")
	a := Antivirus{Active: !off}
	for _, root := range []string{set, policy} {
		names, err := valueNames(root + `\Exclusions\Paths`)
		if err != nil {
			a.Hidden = err
		}
		for _, name := range names {
			if expanded, err := registry.ExpandString(name); err == nil {
				name = expanded
			}
			a.Exclusions = append(a.Exclusions, name)
		}
	}
	return a, nil
}

// flag reports whether a value exists and is not 0.
func flag(key, value string) bool {
	n, ok := number(key, value)
	return ok && n != 0
}

// disabled reports whether a service is missing or disabled (Start 4).
func disabled(service string) bool {
	n, ok := number(`SYSTEM\CurrentControlSet\Services\`+service, "Start")
	return !ok || n == 4
}

func number(key, value string) (uint64, bool) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return 0, false
	}
	defer k.Close()
	n, _, err := k.GetIntegerValue(value)
	return n, err == nil
}

func valueNames(key string) ([]string, error) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if errors.Is(err, registry.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf(`HKLM\%s: %w`, key, err)
	}
	defer k.Close()
	return k.ReadValueNames(-1)
}

// Access implements [Machine].
func (This) Access(path string) (Access, error) {
	d, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return Access{}, &os.PathError{Op: "read the access rights of", Path: path, Err: err}
	}
	return accessOfDescriptor(unsafe.Slice((*byte)(unsafe.Pointer(d)), d.Length()))
}
