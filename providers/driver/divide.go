package driver

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// divide returns the packages to add, each a step: which are added to the image now, which at the
// first boot, and why.
func divide(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[driver]) (providers.Division, error) {
	r, err := start(ctx, s, host)
	if err != nil {
		return providers.Division{}, err
	}
	delayed := map[string][]string{} // by the reason
	before := takenBy(c.Earlier, r.held.target.Arch.String())
	count := 0
	d, err := r.held.division(ctx, host, &c.Want, func(t *tree, l *loaded, target inf.Target) (providers.Effect, error) {
		count++
		why, err := r.delay(ctx, t, &c.Want, l, target, before)
		if err != nil {
			return providers.Effect{}, &providers.Problem{Attr: "source", Part: l.key(), Summary: "Driver can't be added", Detail: fmt.Sprintf("%s: %v.", t.path(l.inf), err)}
		}
		if why == "" {
			return providers.Now(providers.Offline), nil
		}
		delayed[why] = append(delayed[why], l.inf)
		return effectOf(1, map[string][]string{why: {l.inf}}), nil
	})
	d.Effect = effectOf(count, delayed)
	return d, err
}

// divideForDISM returns the packages to add; DISM adds them now.
func divideForDISM(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[driver]) (providers.Division, error) {
	h, err := look(ctx, s, append(c.Want.names(), c.Want.Replaces...))
	if err != nil {
		return providers.Division{}, err
	}
	d, err := h.division(ctx, host, &c.Want, func(*tree, *loaded, inf.Target) (providers.Effect, error) { return viadism.Effect(), nil })
	d.Effect = viadism.Effect()
	return d, err
}

// timing returns the effect of adding a package.
type timing func(*tree, *loaded, inf.Target) (providers.Effect, error)

// division returns the effect of each package that the image does not hold, and what the package
// displaces.
func (h *held) division(ctx context.Context, host providers.Host, d *driver, timing timing) (providers.Division, error) {
	var out providers.Division
	target, err := h.aim(d)
	if err != nil {
		return out, err
	}
	t, err := openTree(ctx, host, d)
	if err != nil {
		return out, err
	}
	defer t.Close()
	found, err := t.packages(ctx, d)
	if err != nil {
		return out, err
	}
	if err := unchanged(d, found); err != nil {
		return out, err
	}
	var errs []error
	suiting := 0
	for _, l := range found {
		// The value has what only Resolve finds out.
		l.pack, l.content = d.Packages[l.key()], d.Content[l.key()]
		if !l.content.suits(l.pack, target) {
			continue
		}
		suiting++
		out.Holds = append(out.Holds, packageID(l.pack.OriginalName, target.Arch.String(), l.content.Files[l.pack.OriginalName]))
		if how, err := h.has(l.pack, l.content, target); err != nil || how != "" {
			errs = append(errs, err)
			continue
		}
		effect, err := timing(t, l, target)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		gone, err := h.displaced(d, l, target, effect.Waits)
		if err != nil {
			return out, err
		}
		part := providers.PartStep{Name: l.key(), ID: d.partID(l), Action: providers.Create, Effect: effect}
		if h.sibling(l) != nil {
			part.Action = providers.Update
		}
		if len(d.Packages) == 1 {
			part.Name = ""
		}
		for i := range gone {
			gone[i].By = part.Name
		}
		out.Parts, out.Displaced = append(out.Parts, part), append(out.Displaced, gone...)
	}
	if suiting == 0 { // of those that are not left out
		return out, d.wrongTarget(target)
	}
	return out, joined(slices.DeleteFunc(errs, func(err error) bool { return err == nil }))
}

// sibling returns the package of the store with the same INF; nil if there is none.
func (h *held) sibling(l *loaded) *driverstore.Package {
	i := slices.IndexFunc(h.store, func(s driverstore.Package) bool { return h.isOf(&s, l) })
	if i < 0 {
		return nil
	}
	return &h.store[i]
}

// partID is equal for resources that want the same package to be added in the same way.
func (d *driver) partID(l *loaded) string {
	return fmt.Sprintf("%s %s %t %t %q", l.pack.OriginalName, l.pack.Digest, *d.ForceUnsigned, *d.AllowDowngrade, d.Replaces)
}

// delay returns why a package has to wait for the first boot, if it has to, or an error if it can't
// be added at all.
func (r *run) delay(ctx context.Context, t *tree, d *driver, l *loaded, target inf.Target, before taken) (string, error) {
	pkg, err := t.importOf(d, l, target)
	if err != nil {
		return "", err
	}
	suits, why := r.store.Suits(pkg, r.same(l)...)
	if suits && r.store.StartsWindows(pkg) {
		why = before.clash(l, target.Arch.String())
	}
	if why == "" {
		before.add(l.pack, l.content, target.Arch.String())
		return "", nil
	}
	return why, r.deferrable(ctx, l, pkg, target, why)
}

// same are the packages with the same INF but other files: they are removed, since the store has
// one package for an INF.
func (r *run) same(l *loaded) []driverstore.Package {
	if s := r.held.sibling(l); s != nil && !s.Inbox {
		return []driverstore.Package{*s}
	}
	return nil
}

// effectOf names up to three packages for each reason of a delay.
func effectOf(count int, delayed map[string][]string) providers.Effect {
	const shown = 3
	var parts []string
	for _, why := range sorted(delayed) {
		names := delayed[why]
		count -= len(names)
		text := strings.Join(names[:min(shown, len(names))], ", ")
		if more := len(names) - shown; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		parts = append(parts, text+", because "+why)
	}
	now, later := providers.Now(providers.Offline), providers.AtFirstBoot().With(": "+strings.Join(parts, "; "))
	switch {
	case len(delayed) == 0:
		return now
	case count > 0:
		later.Text = now.Text + "; " + later.Text
	}
	return later
}

// deferrable returns an error if Windows could not add a package at its first boot either.
func (r *run) deferrable(ctx context.Context, l *loaded, pkg driverstore.Import, target inf.Target, why string) error {
	if err := bootjob.Runnable(ctx, r.session); err != nil {
		return fmt.Errorf("it can't be imported offline, because %s; and %w", why, err)
	}
	if pkg.Signer == "" {
		return fmt.Errorf("it can't be imported offline, because %s; and a running Windows accepts no unsigned driver", why)
	}
	j, err := l.job(pkg, target, nil)
	if err == nil {
		err = j.Check()
	}
	return err
}
