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

// Files is the file system of an image. Names are slash-separated and relative
// to the image's root, as in package fs ([CleanPath] makes them); upper and lower
// case do not matter, as on Windows, and are kept. A name that is not there gives
// an error that is fs.ErrNotExist. Links are not followed.
type Files interface {
	fs.StatFS
	fs.ReadDirFS

	// Meta returns the metadata of a file or folder.
	Meta(name string) (Meta, error)
	// SHA1 is the digest of a file's content. A WIM file contains it for every
	// file, so it costs nothing there.
	SHA1(name string) ([20]byte, error)

	// WriteFile creates a file or replaces it as a whole; another hard link to the
	// old content keeps that content. The folder must be there.
	WriteFile(name string, content io.Reader, meta Meta) error
	// MkdirAll creates a folder and those above it; one that is there stays as it is.
	MkdirAll(name string, meta Meta) error
	// SetMeta changes the metadata.
	SetMeta(name string, meta Meta) error
	// Remove removes a file, or a folder with all that is in it.
	Remove(name string) error
}

// MetaKeeper is a session whose image can't keep all of [Meta]: an image in a folder
// keeps what its file system keeps. Sessions without this method keep everything.
type MetaKeeper interface {
	// CanKeep returns an error if the image can't keep the fields of meta that are set.
	// With an empty meta it says whether anything in the image can be changed.
	CanKeep(meta Meta) error
}

// CanKeep returns an error if an image can't keep the metadata of a file.
func CanKeep(s Session, meta Meta) error {
	if k, ok := As[MetaKeeper](s); ok {
		return k.CanKeep(meta)
	}
	return nil
}
