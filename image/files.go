package image

import (
	"io"
	"io/fs"
	"time"
)

// Attributes are the FILE_ATTRIBUTE_ flags of a file ([MS-FSCC] §2.6).
type Attributes uint32

const (
	ReadOnly     Attributes = 0x1
	Hidden       Attributes = 0x2
	System       Attributes = 0x4
	Directory    Attributes = 0x10
	Archive      Attributes = 0x20
	Normal       Attributes = 0x80
	ReparsePoint Attributes = 0x400 // of links, and of files whose content the image does not hold
	NotIndexed   Attributes = 0x2000
)

// Meta is the metadata of a file. A field that is zero when something is written
// stays as it is; a new file gets [Archive], the session's clock and the security
// descriptor that it inherits from its folder. New content without a time gets the
// clock's.
type Meta struct {
	Attributes Attributes // [Normal] means none; attributes that say what a file is can't be changed
	Created    time.Time
	Written    time.Time
	Security   []byte // self-relative security descriptor ([MS-DTYP] §2.4.6)
}

// Files is the file system of an image. Names are slash-separated and relative to the
// image's root, as in package fs ([CleanPath] makes them); as on Windows, case is
// preserved but not significant. For a name that does not exist the error is
// fs.ErrNotExist. Links are not followed.
type Files interface {
	fs.StatFS
	fs.ReadDirFS

	// Meta returns the metadata of a file or folder.
	Meta(name string) (Meta, error)
	// SHA1 returns the digest of a file's content. A WIM file contains it for every
	// file, so nothing is read there.
	SHA1(name string) ([20]byte, error)

	// WriteFile creates a file or replaces it as a whole; other hard links to the old
	// content keep that content. The folder must exist.
	WriteFile(name string, content io.Reader, meta Meta) error
	// MkdirAll creates a folder and its parents; an existing folder stays as it is.
	MkdirAll(name string, meta Meta) error
	// SetMeta changes the metadata.
	SetMeta(name string, meta Meta) error
	// Remove removes a file, or a folder with everything in it.
	Remove(name string) error
}

// MetaKeeper is a session whose image can't store all of [Meta]: an image in a folder
// stores what its file system can store. Sessions without this method store everything.
type MetaKeeper interface {
	// CanKeep returns an error if the image can't store the fields of meta that are
	// set; with an empty meta, if nothing in the image can be changed.
	CanKeep(meta Meta) error
}

// CanKeep returns an error if the image of a session can't store the metadata of a
// file.
func CanKeep(s Session, meta Meta) error {
	if k, ok := As[MetaKeeper](s); ok {
		return k.CanKeep(meta)
	}
	return nil
}
