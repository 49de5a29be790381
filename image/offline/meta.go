package offline

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gildhq/gild/formats/sd"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
)

// keeper keeps the metadata of files in folders.
type keeper interface {
	get(root *os.Root, name string, info fs.FileInfo) (image.Meta, error)
	// inherit completes meta with the metadata of the replaced file.
	inherit(root *os.Root, name string, file *os.File, old fs.FileInfo, meta image.Meta) (image.Meta, error)
	// put sets the metadata. An open file is changed by its handle, since otherwise the
	// system sets the times when it is closed.
	put(root *os.Root, name string, open *os.File, meta image.Meta) error
	can(root *os.Root, meta image.Meta) error // returns why meta can't be set
}

// CanKeep implements [image.MetaKeeper].
func (d *dir) CanKeep(meta image.Meta) error { return keeps.can(d.root, meta) }

// NT are Windows' calls for the metadata of files. Paths are absolute.
type NT interface {
	// Stat returns the attributes ([MS-FSCC] §2.6) and the time of creation.
	Stat(path string, info fs.FileInfo) (attributes uint32, created time.Time, err error)
	// Security returns the self-relative security descriptor (GetNamedSecurityInfo).
	Security(path string) ([]byte, error)
	// SetSecurity sets the parts of a self-relative descriptor that the flags in what
	// name, including whether lists are protected (SetNamedSecurityInfo; [MS-DTYP]
	// §2.4.7).
	SetSecurity(path string, what uint32, descriptor []byte) error
	// SetBasic sets times and attributes, of an open file by its handle; a zero value
	// leaves its property unchanged (FILE_BASIC_INFO).
	SetBasic(path string, open *os.File, created, written time.Time, attributes uint32) error
}

// UseNT replaces the calls until the returned function is called. It is for tests:
// without Windows, folders keep little metadata.
func UseNT(n NT) (end func()) {
	was := keeps
	keeps = ntfs{n}
	return func() { keeps = was }
}

// ntfs keeps everything, as Windows does.
type ntfs struct{ NT }

func (n ntfs) can(*os.Root, image.Meta) error { return nil }

func (n ntfs) get(root *os.Root, name string, info fs.FileInfo) (image.Meta, error) {
	path, err := full(root, name)
	if err != nil {
		return image.Meta{}, err
	}
	native, created, err := n.Stat(path, info)
	if err != nil {
		return image.Meta{}, err
	}
	security, err := n.Security(path)
	return image.Meta{
		Attributes: attributes(native, info.Mode()),
		Created:    created,
		Written:    info.ModTime().UTC(),
		Security:   security,
	}, err
}

func (n ntfs) inherit(root *os.Root, name string, _ *os.File, old fs.FileInfo, meta image.Meta) (image.Meta, error) {
	was, err := n.get(root, name, old)
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

// settable are the attributes that FILE_BASIC_INFO can change.
const settable = 0x1 | 0x2 | 0x4 | 0x20 | 0x80 | 0x100 | 0x1000 | 0x2000

func (n ntfs) put(root *os.Root, name string, open *os.File, meta image.Meta) error {
	path, err := full(root, name)
	if err != nil {
		return err
	}
	if meta.Security != nil {
		d, err := sd.Parse(meta.Security)
		if err == nil {
			err = n.SetSecurity(path, said(d), meta.Security)
		}
		if err != nil {
			return err
		}
	}
	set := uint32(meta.Attributes) & settable
	if meta.Attributes != 0 && set == 0 {
		set = uint32(image.Normal)
	}
	return n.SetBasic(path, open, meta.Created, meta.Written, set)
}

// full returns the absolute path of a name below root, for calls outside package os.
func full(root *os.Root, name string) (string, error) {
	return regular.Long(filepath.Join(root.Name(), filepath.FromSlash(name)))
}
