package privilege

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

type process struct{}

func thisProcess() token { return process{} }

var adjust = windows.NewLazySystemDLL("advapi32.dll").NewProc("AdjustTokenPrivileges")

// enable implements [token]. The function in golang.org/x/sys does not return the last error of a
// successful call.
func (process) enable(name string) error {
	luid, err := lookup(name)
	if err != nil {
		return err
	}
	var t windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ADJUST_PRIVILEGES|windows.TOKEN_QUERY, &t); err != nil {
		return fmt.Errorf("OpenProcessToken: %w", err)
	}
	defer t.Close()
	wanted := windows.Tokenprivileges{PrivilegeCount: 1}
	wanted.Privileges[0] = windows.LUIDAndAttributes{Luid: luid, Attributes: windows.SE_PRIVILEGE_ENABLED}
	ok, _, last := adjust.Call(uintptr(t), 0, uintptr(unsafe.Pointer(&wanted)), 0, 0, 0)
	switch {
	case errors.Is(last, windows.ERROR_NOT_ALL_ASSIGNED):
		return errNotAssigned
	case ok == 0:
		return fmt.Errorf("AdjustTokenPrivileges: %w", last)
	}
	return nil
}

// refused implements [token].
func (process) refused(err error) bool {
	return errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_INVALID_OWNER) || errors.Is(err, windows.ERROR_PRIVILEGE_NOT_HELD)
}

// state implements [token].
func (process) state(name string) (State, error) {
	luid, err := lookup(name)
	if err != nil {
		return Missing, err
	}
	t := windows.GetCurrentProcessToken()
	size := uint32(0)
	err = windows.GetTokenInformation(t, windows.TokenPrivileges, nil, 0, &size)
	if err != nil && !errors.Is(err, windows.ERROR_INSUFFICIENT_BUFFER) {
		return Missing, fmt.Errorf("GetTokenInformation: %w", err)
	}
	buf := make([]uint64, size/8+1) // aligned
	if err := windows.GetTokenInformation(t, windows.TokenPrivileges, (*byte)(unsafe.Pointer(&buf[0])), size, &size); err != nil {
		return Missing, fmt.Errorf("GetTokenInformation: %w", err)
	}
	for _, p := range (*windows.Tokenprivileges)(unsafe.Pointer(&buf[0])).AllPrivileges() {
		switch {
		case p.Luid != luid:
		case p.Attributes&windows.SE_PRIVILEGE_ENABLED != 0:
			return Enabled, nil
		default:
			return Disabled, nil
		}
	}
	return Missing, nil
}

func lookup(name string) (luid windows.LUID, err error) {
	p, err := windows.UTF16PtrFromString(name)
	if err == nil {
		err = windows.LookupPrivilegeValue(nil, p, &luid)
	}
	return luid, err
}
