package offline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"
)

// keeps stores the metadata of files in folders.
var keeps keeper = ntfs{calls{}}

// calls are those of this Windows.
type calls struct{}

// Stat implements [NT].
func (calls) Stat(_ string, info fs.FileInfo) (attributes uint32, created time.Time, err error) {
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	if !ok {
		return 0, time.Time{}, errors.New("its attributes are not known")
	}
	return data.FileAttributes, time.Unix(0, data.CreationTime.Nanoseconds()).UTC(), nil
}

// audits reports whether this process may read and set audit lists (SACLs), which needs a
// privilege.
var audits = sync.OnceValue(func() bool {
	return winio.EnableProcessPrivileges([]string{winio.SeSecurityPrivilege}) == nil
})

// Security implements [NT]. A network share may not return audit lists.
func (calls) Security(path string) ([]byte, error) {
	const kept = setOwner | setGroup | setDACL
	var d *windows.SECURITY_DESCRIPTOR
	err := errors.ErrUnsupported
	if audits() {
		d, err = windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, kept|setSACL)
	}
	if err != nil {
		d, err = windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, kept)
	}
	if err != nil {
		return nil, err
	}
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(d)), d.Length())...), nil
}

// SetSecurity implements [NT].
func (calls) SetSecurity(path string, what uint32, descriptor []byte) (err error) {
	var owner, group *windows.SID
	var dacl, sacl *windows.ACL
	d := (*windows.SECURITY_DESCRIPTOR)(unsafe.Pointer(&descriptor[0]))
	if what&setOwner != 0 {
		owner, _, err = d.Owner()
	}
	if what&setGroup != 0 && err == nil {
		group, _, err = d.Group()
	}
	if what&setDACL != 0 && err == nil {
		dacl, _, err = d.DACL()
	}
	if what&setSACL != 0 && err == nil {
		if !audits() {
			return fmt.Errorf("its security descriptor has an audit list, which only a process with the privilege %s can set", winio.SeSecurityPrivilege)
		}
		sacl, _, err = d.SACL()
	}
	if err != nil {
		return err
	}
	return windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.SECURITY_INFORMATION(what), owner, group, dacl, sacl)
}

// basicInfo is FILE_BASIC_INFO.
type basicInfo struct {
	created, accessed, written, changed int64
	attributes                          uint32
	_                                   uint32
}

// SetBasic implements [NT].
func (calls) SetBasic(path string, open *os.File, created, written time.Time, attributes uint32) error {
	info := basicInfo{created: filetime(created), written: filetime(written), attributes: attributes}
	if open != nil {
		return info.set(windows.Handle(open.Fd()))
	}
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	h, err := windows.CreateFile(p, windows.FILE_WRITE_ATTRIBUTES|windows.SYNCHRONIZE,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil, windows.OPEN_EXISTING,
		windows.FILE_FLAG_BACKUP_SEMANTICS, 0) // not the reparse point: it is not a link, and its driver has to see the change
	if err != nil {
		return err
	}
	return errors.Join(info.set(h), windows.CloseHandle(h))
}

func (b *basicInfo) set(h windows.Handle) error {
	return windows.SetFileInformationByHandle(h, windows.FileBasicInfo, (*byte)(unsafe.Pointer(b)), uint32(unsafe.Sizeof(*b)))
}

func filetime(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	f := windows.NsecToFiletime(t.UnixNano())
	return int64(f.HighDateTime)<<32 | int64(f.LowDateTime)
}

// spelling returns the last part of a name in its spelling on the disk; a short name
// (8.3) stays as it is.
func spelling(root *os.Root, name string) string {
	asked := path.Base(name)
	long, err := full(root, name)
	if err != nil {
		return asked
	}
	p, err := windows.UTF16PtrFromString(long)
	if err != nil {
		return asked
	}
	var data windows.Win32finddata
	h, err := windows.FindFirstFile(p, &data)
	if err != nil {
		return asked
	}
	windows.FindClose(h)
	if is := windows.UTF16ToString(data.FileName[:]); strings.EqualFold(is, asked) {
		return is
	}
	return asked
}
