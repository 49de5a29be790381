package conformance

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
)

// seeFiles compares how gild and the system see each file with the WIM file.
func (o *own) seeFiles(ctx context.Context) error {
	files, _ := image.As[image.Files](o.session)
	tags, looked := map[string]int{}, 0
	err := o.each(func(name string, node *wim.Node) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if node.IsReparse() && o.machine.Emulated {
			return nil // the emulated DISM mounts no links
		}
		looked++
		tag, err := reparseTag(filepath.Join(o.mount, filepath.FromSlash(name)))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if tag != 0 {
			tags[fmt.Sprintf("%#x", tag)]++
		}
		return seen(files, name, node, o.EmulationKeeps || !o.machine.Emulated)
	})
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		o.note("%d of %d files and folders show the reparse tag %s", tags[tag], looked, tag)
	}
	if len(tags) == 0 {
		o.note("none of %d files and folders shows a reparse tag", looked)
	}
	return err
}

// seen returns how a mounted file differs from the one in the WIM file.
func seen(files image.Files, name string, node *wim.Node, withAttributes bool) error {
	info, err := files.Stat(name)
	if err != nil {
		return err
	}
	kind := func(mode fs.FileMode) fs.FileMode { return mode.Type() }
	switch {
	case node.IsReparse():
		if info.Mode().IsRegular() {
			return fmt.Errorf("%s: is a link, but is seen as a file", name)
		}
	case node.IsDir() != info.IsDir():
		return fmt.Errorf("%s: is a folder: %v, but is seen as %v", name, node.IsDir(), kind(info.Mode()))
	case !node.IsDir() && !info.Mode().IsRegular():
		return fmt.Errorf("%s: is a plain file, but is seen as %v", name, kind(info.Mode()))
	case !node.IsDir() && info.Size() != node.Size():
		return fmt.Errorf("%s: has %d bytes, but is seen with %d", name, node.Size(), info.Size())
	}
	if !withAttributes {
		return nil
	}
	meta, err := files.Meta(name)
	if err != nil {
		return err
	}
	if want, got := image.Attributes(node.Attributes)&attributes, meta.Attributes&attributes; want != got {
		return fmt.Errorf("%s: has the attributes %#x, but is seen with %#x", name, uint32(want), uint32(got))
	}
	return nil
}

// readContent compares the content of every file.
func (o *own) readContent(ctx context.Context) error {
	files, _ := image.As[image.Files](o.session)
	return o.each(func(name string, node *wim.Node) error {
		if err := ctx.Err(); err != nil || node.IsDir() || node.IsReparse() {
			return err
		}
		return sameContent(files, name, node)
	})
}

func sameContent(files image.Files, name string, node *wim.Node) error {
	sum, err := files.SHA1(name)
	if err != nil {
		return err
	}
	if want := node.Hash(); !want.IsZero() && sum != want {
		return fmt.Errorf("%s: its content has the SHA-1 %x, but %s in the WIM file", name, sum, want)
	}
	return nil
}

// readSecurity compares all security descriptors.
func (o *own) readSecurity(ctx context.Context) error {
	if err := keepsSecurity(o.bench, o.session); err != nil {
		return err
	}
	files, _ := image.As[image.Files](o.session)
	return o.each(func(name string, node *wim.Node) error {
		if err := ctx.Err(); err != nil || node.IsReparse() {
			return err
		}
		return sameSecurity(files, name, node.Security)
	})
}

// keepsSecurity returns why this run can't check descriptors in a mounted image.
func keepsSecurity(b *bench, s image.Session) error {
	if err := image.CanKeep(s, image.Meta{Security: trusted}); err != nil {
		return skip("%v", err)
	}
	if b.machine.Emulated && !b.EmulationKeeps {
		return skip("the emulated DISM mounts images without their security descriptors")
	}
	return nil
}

func sameSecurity(files image.Files, name string, want []byte) error {
	meta, err := files.Meta(name)
	if err != nil {
		return err
	}
	if a, b := describe(want), describe(meta.Security); a != b {
		return fmt.Errorf("%s: its security descriptor is %s, but is seen as %s", name, a, b)
	}
	return nil
}
