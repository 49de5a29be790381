package appx

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
)

// Where Windows keeps apps. Below the store's key: Applications holds a key for
// each provisioned package, by its full name, which is what DISM lists; Staged one
// for each package that is there; InboxApplications the system apps; Deprovisioned
// the families that are not to come back with an upgrade ("Keep removed apps from
// returning during an update" in the documentation of Windows); and the key of a
// user the packages installed for that user.
const (
	store         = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore`
	provisioned   = store + `\Applications`
	staged        = store + `\Staged`
	inbox         = store + `\InboxApplications`
	deprovisioned = store + `\Deprovisioned`
	packages      = "Program Files/WindowsApps"
	licenses      = "ProgramData/Microsoft/Windows/ClipSVC/Install/Apps"

	// The list of provisioned packages that Windows reads, and writes when it adds or
	// removes one; where it is not there, the one that Windows came with is read.
	provisioning         = "ProgramData/Microsoft/Windows/AppxProvisioning.xml"
	originalProvisioning = "Windows/System32/AppxProvisioning.xml"
)

// protected are provisioned apps that Windows refuses to remove (error 0x80073CFA).
func protected() []string {
	return []string{"Microsoft.SecHealthUI", "Microsoft.DesktopAppInstaller"}
}

// below returns the packages that have a key below another one, in order.
func below(reg image.Registry, key string) ([]identity, error) {
	names, err := reg.Subkeys(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []identity
	for _, n := range names {
		if i, ok := parseIdentity(n); ok {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b identity) int { return nt.Compare(a.full, b.full) })
	return all, err
}

// named returns those of the packages that have a name.
func named(all []identity, name string) []identity {
	return slices.DeleteFunc(slices.Clone(all), func(i identity) bool { return !nt.Equal(i.name, name) })
}

func read(ctx context.Context, s image.Session, want app) (*app, error) {
	reg, files, err := parts(s)
	if err != nil {
		return nil, err
	}
	all, err := below(reg, provisioned)
	if err != nil {
		return nil, err
	}
	found := named(all, want.Name)
	if err := fits(ctx, s, want, found); err != nil {
		return nil, err
	}
	job, ok, err := queued(s, want.Name)
	if err != nil {
		return nil, err
	}
	if ok {
		return fromQueue(job, want), nil
	}
	if len(found) == 0 && want.absent() {
		if found, err = leftovers(reg, files, want.Name); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 {
		return nil, missing(reg, all, want.Name, want.Source != nil)
	}
	newest := slices.MaxFunc(found, func(a, b identity) int {
		if older(a.version, b.version) {
			return -1
		}
		return 0
	})
	have := newest.app(found)
	if have.OptionalPackages, err = optional(s, found); err != nil {
		return nil, err
	}
	have.Identity, have.Digest = want.Identity, want.Digest
	have.Architectures, have.Requires, have.Provides = want.Architectures, want.Requires, want.Provides
	return have, nil
}

// fromQueue returns the app as it will be after the first boot.
func fromQueue(job bootjob.Job, want app) *app {
	version, full, digest, applies := job.Data[dataVersion], job.Data[dataIdentity], job.Data[dataDigest], providers.Queued
	return &app{Name: want.Name, Version: &version, Identity: &full, Digest: &digest, Applies: &applies,
		Architectures: want.Architectures, Requires: want.Requires, Provides: want.Provides}
}

// app returns what is known of the packages with one name.
func (i identity) app(all []identity) *app {
	full, family, applies := make([]string, len(all)), i.family(), providers.Applied
	for n, p := range all {
		full[n] = p.full
	}
	joined := strings.Join(full, ", ")
	return &app{
		Name: i.name, PackageName: &joined, DisplayName: &i.name, Version: &i.version,
		Arch: &i.arch, PublisherID: &i.publisher, FamilyName: &family, Applies: &applies,
	}
}

// missing is the problem, if there is one, with a name that is not provisioned. A name that the
// package to be added has is not a typing error.
func missing(reg image.Registry, all []identity, name string, sure bool) error {
	system, err := below(reg, inbox)
	if err != nil {
		return err
	}
	if len(named(system, name)) > 0 {
		return &providers.Problem{Attr: "name", Summary: "System app",
			Detail: fmt.Sprintf("%s is a part of Windows and not provisioned, so it can't be removed or added.", name)}
	}
	if sure {
		return nil
	}
	if gone, err := wasRemoved(reg, name); gone || err != nil {
		return err
	}
	if other := similar.Name(name, namesOf(all)); other != "" {
		return &providers.Problem{Attr: "name", Summary: "No such app",
			Detail: fmt.Sprintf("The image has no provisioned app %q; did you mean %q?", name, other)}
	}
	return nil
}

// wasRemoved reports whether the image has had the app.
func wasRemoved(reg image.Registry, name string) (bool, error) {
	removed, err := reg.Subkeys(deprovisioned)
	for _, family := range removed {
		if short, _, _ := strings.Cut(family, "_"); nt.Equal(short, name) {
			return true, nil
		}
	}
	return false, providers.Gone(err)
}

func namesOf(all []identity) []string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.name
	}
	return names
}

// warn warns that the image has never had an app that is to be absent: the name may be wrong.
func warn(_ context.Context, s image.Session, _ providers.Around, want app, absent bool) ([]*providers.Problem, error) {
	reg, files, err := parts(s)
	if err != nil || !absent {
		return nil, err
	}
	all, err := below(reg, provisioned)
	if err != nil || len(named(all, want.Name)) > 0 {
		return nil, err
	}
	_, waits, err := queued(s, want.Name)
	if err != nil || waits || missing(reg, all, want.Name, false) != nil { // Read reports the last
		return nil, err
	}
	if gone, err := wasRemoved(reg, want.Name); gone || err != nil {
		return nil, err
	}
	if left, err := leftovers(reg, files, want.Name); len(left) > 0 || err != nil {
		return nil, err
	}
	have, err := available(reg, files)
	if err != nil {
		return nil, err
	}
	told := fmt.Sprintf("The image has never had a provisioned app %q, so there is nothing to remove.", want.Name)
	if others := named(have, want.Name); len(others) > 0 {
		told = fmt.Sprintf("%s is in the image (%s) but not provisioned, as a package is that others need, so it stays.", want.Name, others[0].full)
	} else if other := closest(want.Name, namesOf(all)); other != "" {
		told += fmt.Sprintf(" Did you mean %q?", other)
	} else {
		told += " `gild inspect -json` lists the names."
	}
	return []*providers.Problem{{Attr: "name", Summary: "App is not in the image", Detail: told}}, nil
}

// closest is a name that has the same last part as the given one, or the beginning of that part: it
// has another publisher before it, or a version after it.
func closest(name string, names []string) string {
	last := func(s string) string { return nt.Fold(s[strings.LastIndexByte(s, '.')+1:]) }
	short := last(name)
	for _, n := range names {
		if l := last(n); len(short) > 3 && len(l) > 3 && (strings.HasPrefix(l, short) || strings.HasPrefix(short, l) || strings.HasSuffix(l, short)) {
			return n
		}
	}
	return ""
}

// list returns every provisioned package, as DISM lists them.
func list(_ context.Context, s image.Session) ([]app, error) {
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return nil, err
	}
	found, err := below(reg, provisioned)
	if err != nil {
		return nil, err
	}
	all := make([]app, len(found))
	for i := range found {
		all[i] = *found[i].app(found[i : i+1])
	}
	return all, nil
}
