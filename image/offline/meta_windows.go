package offline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"

	"github.com/gildhq/gild/formats/sd"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/regular"
)

// kept is what all may read of a descriptor who may read the file; audit lists take a
// privilege more.
const kept = setOwner | setGroup | setDACL

// audits tells whether this process may read and set audit lists (SACLs): it has enabled
// the privilege for it, or can't.
var audits = sync.OnceValue(func() bool {
	return winio.EnableProcessPrivileges([]string{winio.SeSecurityPrivilege}) == nil
})

// setNamed is SetNamedSecurityInfo for files.
var setNamed = func(path string, what uint32, owner, group *windows.SID, dacl, sacl *windows.ACL) error {
	return windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.SECURITY_INFORMATION(what), owner, group, dacl, sacl)
}

// getMeta tells what Windows keeps of a file.
func getMeta(root *os.Root, name string, info fs.FileInfo) (image.Meta, error) {
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	if !ok {
		return image.Meta{}, errors.New("its attributes are not known")
	}
	m := image.Meta{
		Attributes: attributes(data.FileAttributes, info.Mode()),
		Created:    time.Unix(0, data.CreationTime.Nanoseconds()).UTC(),
		Written:    info.ModTime().UTC(),
	}
	path, err := full(root, name)
	if err != nil {
		return m, err
	}
	var native *windows.SECURITY_DESCRIPTOR
	if audits() {
		native, err = windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, kept|setSACL)
	}
	if native == nil || err != nil { // a network share need not give audit lists
		native, err = windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, kept)
	}
	if err != nil {
		return m, err
	}
	m.Security = append(m.Security, unsafe.Slice((*byte)(unsafe.Pointer(native)), native.Length())...)
	return m, nil
}

// full returns the path of a name below root for calls that are not package os's.
func full(root *os.Root, name string) (string, error) {
	return regular.Long(filepath.Join(root.Name(), filepath.FromSlash(name)))
}

func full16(root *os.Root, name string) (*uint16, error) {
	path, err := full(root, name)
	if err != nil {
		return nil, err
	}
	return windows.UTF16PtrFromString(path)
}

// spelling returns the last part of a name as it is spelled on the disk; of a
// short name (8.3) that is what it was asked for.
func spelling(root *os.Root, name string) string {
	asked := path.Base(name)
	p, err := full16(root, name)
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

// keepMeta fills in what the old file had and meta does not say.
func keepMeta(root *os.Root, name string, _ *os.File, old fs.FileInfo, meta image.Meta) (image.Meta, error) {
	was, err := getMeta(root, name, old)
	if err != nil {
		return meta, err
	}
	if meta.Attributes == 0 {
		meta.Attributes = was.Attributes
	}
	if meta.Created.IsZero() {
		meta.Created = was.Created
	}
	if meta.Security == nil {
		meta.Security = was.Security
	}
	return meta, nil
}

// settable are the attributes that setting basic information changes.
const settable = 0x1 | 0x2 | 0x4 | 0x20 | 0x80 | 0x100 | 0x1000 | 0x2000

// basicInfo is FILE_BASIC_INFO; zeros leave what they stand for as it is.
type basicInfo struct {
	created, accessed, written, changed int64
	attributes                          uint32
	_                                   uint32
}

// putMeta sets what meta says. An open file is changed by its handle, as the
// times would else be set anew when that is closed.
func putMeta(root *os.Root, name string, open *os.File, meta image.Meta) error {
	if meta.Security != nil {
		path, err := full(root, name)
		if err != nil {
			return err
		}
		if err := putSecurity(path, meta.Security); err != nil {
			return err
		}
	}
	info := basicInfo{
		created:    filetime(meta.Created),
		written:    filetime(meta.Written),
		attributes: uint32(meta.Attributes) & settable,
	}
	if meta.Attributes != 0 && info.attributes == 0 {
		info.attributes = windows.FILE_ATTRIBUTE_NORMAL
	}
	if open != nil {
		return info.set(windows.Handle(open.Fd()))
	}
	p, err := full16(root, name)
	if err != nil {
		return err
	}
	h, err := windows.CreateFile(p, windows.FILE_WRITE_ATTRIBUTES|windows.SYNCHRONIZE,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil, windows.OPEN_EXISTING,
		windows.FILE_FLAG_BACKUP_SEMANTICS, 0) // not the reparse point: it is no link, and its driver has to know of the change
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

// putSecurity sets what a descriptor says, and leaves the rest as it is.
func putSecurity(path string, descriptor []byte) error {
	d, err := sd.Parse(descriptor)
	if err != nil {
		return err
	}
	what := said(d)
	var owner, group *windows.SID
	var dacl, sacl *windows.ACL
	native := (*windows.SECURITY_DESCRIPTOR)(unsafe.Pointer(&descriptor[0]))
	if what&setOwner != 0 {
		if owner, _, err = native.Owner(); err != nil {
			return err
		}
	}
	if what&setGroup != 0 {
		if group, _, err = native.Group(); err != nil {
			return err
		}
	}
	if what&setDACL != 0 {
		if dacl, _, err = native.DACL(); err != nil {
			return err
		}
	}
	if what&setSACL != 0 {
		if !audits() {
			return fmt.Errorf("its security descriptor has an audit list, and to set one takes the privilege %s", winio.SeSecurityPrivilege)
		}
		if sacl, _, err = native.SACL(); err != nil {
			return err
		}
	}
	return setNamed(path, what, owner, group, dacl, sacl)
}

// CanKeep implements [image.MetaKeeper]: Windows keeps everything.
func (d *dir) CanKeep(image.Meta) error { return nil }
