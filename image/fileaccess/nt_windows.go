package fileaccess

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"

	"github.com/gildhq/gild/image"
)

func lookup(name string) (id, error) {
	name = strings.TrimPrefix(name, "group:")
	switch {
	case name == image.Everyone:
		return everyone, nil
	case strings.HasPrefix(strings.ToUpper(name), "S-1-"):
		s, err := parseSID(strings.ToUpper(name))
		return formatSID(s), err
	}
	account, _, _, err := windows.LookupSID("", name)
	if err != nil {
		return "", fmt.Errorf("no account %q is known on this machine; it can be named by its SID, too: %w", name, err)
	}
	if text := account.String(); text != sidEveryone {
		return id(text), nil
	}
	return everyone, nil
}

func lookupGroup(name string) (id, error) { return lookup(name) }

// possible reports whether this process may make another account the owner.
func possible(r rights) error {
	if r.owner == "" && r.group == "" {
		return nil
	}
	me, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return err
	}
	if r.group == "" && string(r.owner) == me.User.Sid.String() {
		return nil
	}
	err = winio.RunWithPrivilege(winio.SeRestorePrivilege, func() error { return nil })
	if err != nil {
		return fmt.Errorf("to change a file's owner or group, the right to restore files (%s) is needed; run gild as an administrator, or leave owner and group out: %w", winio.SeRestorePrivilege, err)
	}
	return nil
}

func store(path string, r rights) error {
	if r.owner == "" && r.group == "" {
		return set(path, r)
	}
	return winio.RunWithPrivilege(winio.SeRestorePrivilege, func() error { return set(path, r) })
}

func set(path string, r rights) error {
	var what windows.SECURITY_INFORMATION
	owner, group, err := sids(r)
	if err != nil {
		return err
	}
	if owner != nil {
		what |= windows.OWNER_SECURITY_INFORMATION
	}
	if group != nil {
		what |= windows.GROUP_SECURITY_INFORMATION
	}
	var list *windows.ACL
	if r.listed {
		what |= windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION
		b, err := descriptor(r)
		if err != nil {
			return err
		}
		if list, _, err = (*windows.SECURITY_DESCRIPTOR)(unsafe.Pointer(&b[0])).DACL(); err != nil {
			return err
		}
	}
	return windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, what, owner, group, list, nil)
}

func sids(r rights) (owner, group *windows.SID, err error) {
	if r.owner != "" {
		if owner, err = windows.StringToSid(string(r.owner)); err != nil {
			return nil, nil, err
		}
	}
	if r.group != "" {
		group, err = windows.StringToSid(string(r.group))
	}
	return owner, group, err
}

func load(path string) (rights, error) {
	d, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT,
		windows.OWNER_SECURITY_INFORMATION|windows.GROUP_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return rights{}, err
	}
	if d == nil || !d.IsValid() {
		return rights{}, errors.New("the system returned no security descriptor")
	}
	return rightsOf(unsafe.Slice((*byte)(unsafe.Pointer(d)), d.Length()))
}
