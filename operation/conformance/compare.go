package conformance

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
)

// differences are errors, of which only the first are reported.
type differences struct {
	first []error
	more  int
}

func (d *differences) add(err error) {
	switch {
	case err == nil:
	case len(d.first) < told:
		d.first = append(d.first, err)
	default:
		d.more++
	}
}

func (d *differences) err() error {
	if d.more > 0 {
		return errors.Join(append(d.first, fmt.Errorf("and %d more", d.more))...)
	}
	return errors.Join(d.first...)
}

// commit commits and unmounts the image, writes the output and reads it without DISM.
func (o *own) commit(ctx context.Context) error {
	if len(o.made) == 0 {
		return skip("nothing was changed")
	}
	if err := o.session.Commit(ctx, "changed"); err != nil {
		return err
	}
	o.out = filepath.Join(o.dir, "by-dism.wim")
	if err := o.export(ctx, o.session, o.out); err != nil {
		return err
	}
	if list, err := o.dism.mounts(ctx); err != nil || len(below(filepath.Join(o.dir, "own"), list)) > 0 {
		return errors.Join(err, fmt.Errorf("the image is still mounted: %v", list))
	}
	return o.compareWithSource(ctx, o.out)
}

// export writes the output of a session and closes it.
func (b *bench) export(ctx context.Context, s image.Session, out string) error {
	exporter, ok := image.As[image.Exporter](s)
	if !ok {
		return errors.New("the session writes no output")
	}
	return errors.Join(exporter.Export(ctx, out, image.ExportOptions{}), s.Close())
}

// compareWithSource checks that an output of gild's own image has the changes, and is
// otherwise as its source. It keeps the hives of the output for Windows to load.
func (o *own) compareWithSource(ctx context.Context, out string) error {
	f, err := wim.Open(out)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Verify(ctx); err != nil {
		return err
	}
	img, err := f.Image(1)
	if err != nil {
		return err
	}
	s, err := offline.Backend{}.Open(ctx, image.Ref{Path: out}, image.OpenOptions{Log: o.Log})
	if err != nil {
		return err
	}
	defer s.Close()
	var errs differences
	touched := map[string]bool{}
	for _, e := range o.made {
		if err := e.look(s); err != nil {
			errs.add(fmt.Errorf("%s: %w", e.name, err))
		}
		for _, name := range e.touches {
			touched[nt.Fold(name)] = true
		}
	}
	errs.add(o.each(func(name string, node *wim.Node) error {
		got := img.Root.Lookup(name)
		switch {
		case got == nil:
			return fmt.Errorf("%s: is missing", name)
		case touched[nt.Fold(name)]:
			return nil
		}
		return unchanged(name, node, got)
	}))
	errs.add(o.hives.take(s, filepath.Base(out)))
	return errs.err()
}

// unchanged returns how a file differs that no change touched.
func unchanged(name string, was, is *wim.Node) error {
	if err := unchangedContent(name, was, is); err != nil {
		return err
	}
	if a, b := describe(was.Security), describe(is.Security); a != b {
		return fmt.Errorf("%s: had the security descriptor %s, and now has %s", name, a, b)
	}
	return nil
}

func unchangedContent(name string, was, is *wim.Node) error {
	switch {
	case was.Attributes&uint32(attributes) != is.Attributes&uint32(attributes) || was.IsReparse() != is.IsReparse() || was.ReparseTag != is.ReparseTag:
		return fmt.Errorf("%s: had the attributes %#x (tag %#x), and now has %#x (tag %#x)", name, was.Attributes, was.ReparseTag, is.Attributes, is.ReparseTag)
	case !was.IsDir() && was.Hash() != is.Hash():
		return fmt.Errorf("%s: its content has changed", name)
	case len(was.Streams) != len(is.Streams):
		return fmt.Errorf("%s: had %d streams, and now has %d", name, len(was.Streams), len(is.Streams))
	case !was.IsDir() && was.Written != is.Written:
		return fmt.Errorf("%s: was written %v, and now %v", name, was.Written, is.Written)
	}
	return nil
}

// sameOffline makes the same changes with the backend offline, and compares the outputs.
func (o *own) sameOffline(ctx context.Context) error {
	s, err := offline.Backend{}.Open(ctx, image.Ref{Path: o.file}, image.OpenOptions{Write: true, Store: filepath.Join(o.dir, "offline"), Clock: moment, Log: o.Log})
	if err != nil {
		return err
	}
	o.open = append(o.open, s)
	for _, e := range o.made {
		if err := e.make(s); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	out := filepath.Join(o.dir, "offline.wim")
	if err := errors.Join(s.Commit(ctx, "changed"), o.export(ctx, s, out)); err != nil {
		return err
	}
	if err := o.compareWithSource(ctx, out); err != nil {
		return err
	}
	return o.sameImages(o.out, out)
}

// sameImages compares two images, file by file. It compares hives key by key, because they
// contain the times of writes. A new file belongs to gild's account in a mounted image, but
// to the owner of its folder offline: such differences become notes.
func (o *own) sameImages(dismFile, offlineFile string) error {
	var trees [2]*wim.Image
	for i, name := range []string{dismFile, offlineFile} {
		f, err := wim.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		if trees[i], err = f.Image(1); err != nil {
			return err
		}
	}
	hives := map[string]bool{}
	for _, h := range image.Hives() {
		hives[nt.Fold(h.File)] = true
	}
	made := map[string]bool{}
	for name := range trees[1].Root.All() {
		made[nt.Fold(strings.ReplaceAll(name, `\`, "/"))] = true
	}
	err := o.each(func(name string, _ *wim.Node) error {
		delete(made, nt.Fold(name))
		return nil
	})
	if err != nil {
		return err
	}
	delete(made, "") // the root
	var errs differences
	compare := func(from, to *wim.Image, by string, whole bool) {
		for name, a := range from.Root.All() {
			name = strings.ReplaceAll(name, `\`, "/")
			other := to.Root.Lookup(name)
			switch {
			case other == nil:
				errs.add(fmt.Errorf("%s: exists only in the image by %s", name, by))
			case !whole:
			case hives[nt.Fold(name)]:
				errs.add(sameHiveFiles(from, to, name))
			case made[nt.Fold(name)]:
				errs.add(unchangedContent(name, a, other))
				if x, y := describe(a.Security), describe(other.Security); x != y {
					o.note("the new file %s has the security descriptor %s, but %s by the backend offline", name, x, y)
				}
			default:
				errs.add(unchanged(name, a, other))
			}
		}
	}
	compare(trees[0], trees[1], "DISM", true)
	compare(trees[1], trees[0], "the backend offline", false)
	return errs.err()
}
