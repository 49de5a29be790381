package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/image/servicing"
)

// word is a state as gild writes it: in lower case with underscores.
func word(state string) string { return strings.ToLower(strings.ReplaceAll(state, " ", "_")) }

// sameLists compares DISM's lists with what gild reads.
func (sv *serviced) sameLists(ctx context.Context) error {
	return errors.Join(sv.samePackages(ctx), sv.sameFeatures(ctx), sv.sameDrivers(ctx))
}

func (sv *serviced) samePackages(ctx context.Context) error {
	t, err := sv.service(ctx, "/Get-Packages")
	if err != nil {
		return err
	}
	list, _, err := servicing.Packages(ctx, sv.session)
	if err != nil {
		return err
	}
	states := map[string]string{}
	for _, p := range list {
		if p.Visible == nil || *p.Visible {
			states[strings.ToLower(p.Identity)] = p.State.String()
		}
	}
	var errs differences
	told := t.With("Package Identity")
	for _, r := range told {
		name, state := r.Get("Package Identity"), word(r.Get("State"))
		have, ok := states[strings.ToLower(name)]
		delete(states, strings.ToLower(name))
		switch {
		case !ok:
			errs.add(fmt.Errorf("package %s is listed by DISM, but not by gild", name))
		case have != state && !sv.alwaysPending(state):
			errs.add(fmt.Errorf("package %s is %s according to DISM, but %s according to gild", name, state, have))
		}
	}
	for name, state := range states {
		if state != servicing.Absent.String() {
			errs.add(fmt.Errorf("package %s is %s according to gild, but DISM does not list it", name, state))
		}
	}
	sv.note("%d packages", len(told))
	return errs.err()
}

// alwaysPending: in Windows PE DISM lists installed packages as pending ("WinPE: Add
// packages").
func (sv *serviced) alwaysPending(state string) bool {
	return sv.info.InstallationType == "WindowsPE" && state == servicing.InstallPending.String()
}

func (sv *serviced) sameFeatures(ctx context.Context) error {
	t, err := sv.service(ctx, "/Get-Features")
	if err != nil {
		return err
	}
	list, _, err := servicing.Features(ctx, sv.session)
	if err != nil {
		return err
	}
	var errs differences
	told := t.With("Feature Name")
	for _, r := range told {
		name, state := r.Get("Feature Name"), word(r.Get("State"))
		i := slices.IndexFunc(list, func(f servicing.Feature) bool { return strings.EqualFold(f.Name, name) })
		switch {
		case i < 0:
			errs.add(fmt.Errorf("feature %s is listed by DISM, but not by gild", name))
		case list[i].Status != state:
			errs.add(fmt.Errorf("feature %s is %s according to DISM, but %s according to gild", name, state, list[i].Status))
		}
	}
	sv.note("%d features", len(told))
	return errs.err()
}

// driverEntry is a driver package in a list.
type driverEntry struct{ published, original, provider, class, version string }

// same reports whether two entries are of one package, whatever its published names.
func (d driverEntry) same(o driverEntry) bool {
	return strings.EqualFold(d.original, o.original) && d.provider == o.provider && d.class == o.class && d.version == o.version
}

// listed returns DISM's list of the third-party drivers of an image.
func listed(ctx context.Context, s image.Session) ([]driverEntry, error) {
	t, err := serviceOf(ctx, s, "/Get-Drivers")
	if err != nil {
		return nil, err
	}
	var list []driverEntry
	for _, r := range t.With("Published Name") {
		list = append(list, driverEntry{r.Get("Published Name"), r.Get("Original File Name"), r.Get("Provider Name"), r.Get("Class Name"), r.Get("Version")})
	}
	return list, nil
}

// held reads the same list without DISM.
func held(ctx context.Context, s image.Session) ([]driverEntry, error) {
	list, _, err := driverstore.Packages(ctx, s)
	var out []driverEntry
	for _, p := range list {
		if !p.Inbox {
			out = append(out, driverEntry{p.PublishedName, p.OriginalName, p.Provider, p.Class, p.Version})
		}
	}
	return out, err
}

// sameDrivers compares the lists, and keeps DISM's.
func (sv *serviced) sameDrivers(ctx context.Context) error {
	told, err := listed(ctx, sv.session)
	if err != nil {
		return err
	}
	have, err := held(ctx, sv.session)
	if err != nil {
		return err
	}
	sv.drivers = told
	sv.note("%d driver packages", len(told))
	return sameEntries(told, "DISM", have, "gild")
}

func sameEntries(a []driverEntry, ofA string, b []driverEntry, ofB string) error {
	var errs differences
	for _, d := range a {
		if !slices.ContainsFunc(b, d.same) {
			errs.add(fmt.Errorf("driver %v is listed by %s, but not by %s", d, ofA, ofB))
		}
	}
	for _, d := range b {
		if !slices.ContainsFunc(a, d.same) {
			errs.add(fmt.Errorf("driver %v is listed by %s, but not by %s", d, ofB, ofA))
		}
	}
	return errs.err()
}
