package driver

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// byDISM has DISM add and remove packages. DISM gets several at a time, and INF files by name, so
// that it adds only those in the plan.
func byDISM() providers.TypedWay[driver] {
	return providers.TypedWay[driver]{
		Name: providers.ByDISM, Effect: viadism.Effect(), Needs: viadism.Needs(image.CanFiles, image.CanRegistry),
		Divide: divideForDISM, Batch: true, Apply: applyByDISM, Confirm: confirm,
	}
}

// orders are the arguments for DISM.
type orders struct {
	remove           []string // published names
	signed, unsigned []string // INF files to add; these with /ForceUnsigned
}

func applyByDISM(ctx context.Context, s image.Session, host providers.Host, cs []providers.TypedChange[driver]) error {
	var names []string
	for i := range cs {
		names = append(names, cs[i].Want.names()...)
	}
	h, err := look(ctx, s, names)
	if err != nil {
		return err
	}
	var o orders
	for i := range cs {
		w := &cs[i].Want
		if cs[i].Action == providers.Delete {
			err = o.removal(s, h, w)
		} else {
			err = o.addition(ctx, s, host, h, w)
		}
		if err != nil {
			return err
		}
	}
	err = viadism.RunEach(ctx, s, "/Remove-Driver", "/Driver", o.remove)
	if err == nil {
		err = viadism.RunEach(ctx, s, "/Add-Driver", "/Driver", o.signed)
	}
	if err == nil {
		err = viadism.RunEach(ctx, s, "/Add-Driver", "/Driver", o.unsigned, "/ForceUnsigned")
	}
	return err
}

// removal adds all packages that the author named, to be removed.
func (o *orders) removal(s image.Session, h *held, d *driver) error {
	for _, p := range h.store {
		if !p.Inbox && d.means(p.OriginalName, p.Provider, p.Version) && d.meansStored(p) {
			o.discard(p)
		}
	}
	return unqueueFrom(s, h, d.meansQueued)
}

func (o *orders) discard(p driverstore.Package) {
	if !slices.ContainsFunc(o.remove, func(name string) bool { return nt.Equal(name, p.PublishedName) }) {
		o.remove = append(o.remove, p.PublishedName)
	}
}

// addition adds those packages of a source that fit the image, and the packages they replace.
func (o *orders) addition(ctx context.Context, s image.Session, host providers.Host, h *held, d *driver) error {
	target, err := h.aim(d)
	if err != nil {
		return err
	}
	t, err := openTree(ctx, host, d)
	if err != nil {
		return err
	}
	defer t.Close()
	found, err := t.packages(ctx, d)
	if err == nil {
		err = unchanged(d, found)
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, l := range found {
		l.pack, l.content = d.Packages[l.key()], d.Content[l.key()]
		if !l.content.suits(l.pack, target) {
			continue
		}
		if how, err := h.has(l.pack, l.content, target); err != nil || how == inStore {
			errs = append(errs, err)
			continue
		}
		if problems := obstacles(d, l.key(), target); len(problems) > 0 {
			errs = append(errs, fmt.Errorf("%s: %w", t.path(l.inf), problems[0]))
			continue
		}
		if p := h.sibling(l); p != nil && !p.Inbox {
			o.discard(*p) // DISM would not replace it
		}
		if err := o.add(host, t.path(l.inf), *d.ForceUnsigned); err != nil {
			return err
		}
		if err := unqueueFrom(s, h, func(q queued) bool { return q.job == l.jobName(target) }); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

// add adds an INF file, once.
func (o *orders) add(host providers.Host, inf string, unsigned bool) error {
	file, err := viadism.Path(host, inf)
	if err != nil || slices.Contains(o.signed, file) || slices.Contains(o.unsigned, file) {
		return err
	}
	list := &o.signed
	if unsigned {
		list = &o.unsigned
	}
	*list = append(*list, file)
	return nil
}

// unqueueFrom takes packages from the queue of the first boot.
func unqueueFrom(s image.Session, h *held, which func(queued) bool) error {
	for _, q := range h.queue {
		if which(q) {
			if err := viadism.Unqueue(s, jobKind, q.job); err != nil {
				return err
			}
		}
	}
	return nil
}
