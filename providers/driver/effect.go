package driver

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/image/online"
	"github.com/gildhq/gild/providers"
)

// effect says which packages go into the image at once, and which at the first
// start, and why.
func effect(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[driver]) (string, error) {
	if c.Action == providers.Delete {
		return now, nil
	}
	r, err := start(ctx, s, host)
	if err != nil {
		return "", err
	}
	target, err := r.held.aim(&c.Want)
	if err != nil {
		return "", err
	}
	t, err := openTree(ctx, host, &c.Want)
	if err != nil {
		return "", err
	}
	defer t.Close()
	found, err := t.packages(ctx, &c.Want)
	if err != nil {
		return "", err
	}
	if err := unchanged(&c.Want, found); err != nil {
		return "", err
	}
	delayed := map[string][]string{} // by the reason
	var errs []error
	count := 0
	for _, l := range found {
		ours := c.Want.Content[l.key()]
		if !ours.suits(l.pack, target) {
			continue
		}
		if how, err := r.held.has(l.pack, ours, target); err != nil || how != "" {
			errs = append(errs, err)
			continue
		}
		count++
		why, err := r.delay(ctx, t, &c.Want, l, target)
		if err != nil {
			errs = append(errs, problem("source", "No way to add a driver", "%s: %v.", t.path(l.inf), err))
		}
		if why != "" {
			delayed[why] = append(delayed[why], l.inf)
		}
	}
	return effectText(count, delayed), joined(slices.DeleteFunc(errs, func(err error) bool { return err == nil }))
}

// delay tells why a package has to wait for the first start, if it has to, or why
// it can't be added at all.
func (r *run) delay(ctx context.Context, t *tree, d *driver, l *loaded, target inf.Target) (string, error) {
	pkg, err := t.importOf(d, l, target)
	if err != nil {
		return "", err
	}
	gone, err := r.held.replaced(d, l.key(), target)
	if err != nil {
		return "", err
	}
	suits, why := r.store.Suits(pkg, gone...)
	if suits {
		return "", nil
	}
	return why, r.deferrable(ctx, l, pkg, target, why)
}

// effectText names three packages for each reason of a delay.
func effectText(count int, delayed map[string][]string) string {
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
	text := later + ": " + strings.Join(parts, "; ")
	switch {
	case len(delayed) == 0:
		return now
	case count > 0:
		return now + "; " + text
	}
	return text
}

// deferrable tells why Windows could not add a package at its first start either.
func (r *run) deferrable(ctx context.Context, l *loaded, pkg driverstore.Import, target inf.Target, why string) error {
	if err := online.Runnable(ctx, r.session); err != nil {
		return fmt.Errorf("it can't be imported offline, because %s; and %w", why, err)
	}
	if pkg.Signer == "" {
		return fmt.Errorf("it can't be imported offline, because %s; and a running Windows takes no unsigned driver", why)
	}
	j, err := l.job(pkg, target, nil)
	if err == nil {
		err = j.Check()
	}
	return err
}
