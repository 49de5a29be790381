//go:build !windows

package offline

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
)

// keeps stores the metadata of files in folders.
var keeps keeper = posix{}

// posix stores what this system can store.
type posix struct{}

// get returns the Windows metadata that this system can store: the attribute readonly,
// and the time of writing.
func (posix) get(_ *os.Root, _ string, info fs.FileInfo) (image.Meta, error) {
	var a image.Attributes
	if info.IsDir() {
		a |= image.Directory
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		a |= image.ReparsePoint
	}
	if info.Mode().Perm()&0o200 == 0 {
		a |= image.ReadOnly
	}
	if a == 0 {
		a = image.Normal
	}
	return image.Meta{Attributes: a, Written: info.ModTime()}, nil
}

// spelling returns the last part of a name as it is spelled on the disk.
func spelling(_ *os.Root, name string) string { return path.Base(name) }

// inherit gives the new file the permissions of the old one if meta does not set the
// attributes.
func (posix) inherit(_ *os.Root, _ string, file *os.File, old fs.FileInfo, meta image.Meta) (image.Meta, error) {
	if meta.Attributes == 0 && old.Mode().Perm()&0o200 == 0 {
		meta.Attributes = image.ReadOnly
	}
	perm := old.Mode().Perm() | 0o200
	if info, err := file.Stat(); err != nil || info.Mode().Perm() == perm {
		return meta, err // a file system without permissions, such as wimlib's, refuses to set them
	}
	return meta, file.Chmod(perm)
}

// canKeep refuses metadata that this system can't store.
func canKeep(meta image.Meta) error {
	const kept = image.ReadOnly | image.Normal | image.Directory
	switch {
	case meta.Attributes&^kept != 0:
		return errors.New("only Windows can set attributes other than read-only in a folder; service a WIM file instead")
	case !meta.Created.IsZero():
		return errors.New("only Windows can set the time of creation in a folder; service a WIM file instead")
	case meta.Security != nil:
		return errors.New("only Windows can set a security descriptor in a folder; service a WIM file instead")
	}
	return nil
}

// can returns what can't be stored. Setting the folder's present permissions shows
// whether its file system has permissions.
func (posix) can(root *os.Root, meta image.Meta) error {
	if err := canKeep(meta); err != nil {
		return err
	}
	if err := syscall.Access(root.Name(), 2); errors.Is(err, syscall.EROFS) {
		return errors.New("its file system is mounted read-only")
	}
	if meta.Attributes&image.ReadOnly == 0 {
		return nil
	}
	info, err := regular.LstatIn(root, ".")
	if err == nil {
		err = root.Chmod(".", info.Mode().Perm())
	}
	if errors.Is(err, errors.ErrUnsupported) {
		return errors.New("its file system has no permissions, so it can't store the attribute readonly; service a WIM file instead")
	}
	return nil // a lack of permission shows later
}

// put sets the metadata, and refuses what this system can't store.
func (posix) put(root *os.Root, name string, _ *os.File, meta image.Meta) error {
	info, err := regular.LstatIn(root, name)
	if err != nil {
		return err
	}
	if err := canKeep(meta); err != nil {
		return err
	}
	perm := info.Mode().Perm()
	switch {
	case meta.Attributes&image.ReadOnly != 0:
		perm &^= 0o222
	case meta.Attributes != 0:
		perm |= 0o200
	}
	if perm != info.Mode().Perm() {
		if err := root.Chmod(name, perm); err != nil {
			return err
		}
	}
	if meta.Written.IsZero() {
		return nil
	}
	return root.Chtimes(name, time.Time{}, meta.Written)
}
