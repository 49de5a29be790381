//go:build !windows

package offline

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"time"

	"github.com/gildhq/gild/image"
)

// getMeta tells what this system keeps of what Windows would: the attribute
// that forbids writing, and the time of writing.
func getMeta(_ *os.Root, _ string, info fs.FileInfo) (image.Meta, error) {
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

// keepMeta gives the new file what the old one had and meta does not say.
func keepMeta(_ *os.Root, _ string, file *os.File, old fs.FileInfo, meta image.Meta) (image.Meta, error) {
	if meta.Attributes == 0 && old.Mode().Perm()&0o200 == 0 {
		meta.Attributes = image.ReadOnly
	}
	return meta, file.Chmod(old.Mode().Perm() | 0o200)
}

// putMeta sets what meta says, and refuses what this system can't keep.
func putMeta(root *os.Root, name string, _ *os.File, meta image.Meta) error {
	info, err := root.Lstat(name)
	if err != nil {
		return err
	}
	const kept = image.ReadOnly | image.Normal | image.Directory
	switch {
	case meta.Attributes&^kept != 0:
		return errors.New("only Windows can set attributes other than read-only in a folder; service a WIM file instead")
	case !meta.Created.IsZero():
		return errors.New("only Windows can set the time of creation in a folder; service a WIM file instead")
	case meta.Security != nil:
		return errors.New("only Windows can set a security descriptor in a folder; service a WIM file instead")
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
