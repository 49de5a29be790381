package appx

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/online"
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
)

// protected are provisioned apps that Windows refuses to remove (error
// 0x80073CFA).
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
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
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
	have.Architectures, have.Identity, have.Digest = want.Architectures, want.Identity, want.Digest
	return have, nil
}

// fromQueue returns the app as it will be.
func fromQueue(job online.Job, want app) *app {
	version, full, digest, applies := job.Data[dataVersion], job.Data[dataIdentity], job.Data[dataDigest], online.Effect
	return &app{Name: want.Name, Version: &version, Identity: &full, Digest: &digest, Architectures: want.Architectures, Applies: &applies}
}

// app returns what is known of packages with one name.
func (i identity) app(all []identity) *app {
	full, family, applies := make([]string, len(all)), i.family(), online.Now
	for n, p := range all {
		full[n] = p.full
	}
	joined := strings.Join(full, ", ")
	return &app{
		Name: i.name, PackageName: &joined, DisplayName: &i.name, Version: &i.version,
		Arch: &i.arch, PublisherID: &i.publisher, FamilyName: &family, Applies: &applies,
	}
}

// missing is the problem, if there is one, with a name that is not provisioned.
// One that the package to be added has is no slip of the pen.
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
	removed, err := reg.Subkeys(deprovisioned)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, family := range removed {
		if short, _, _ := strings.Cut(family, "_"); nt.Equal(short, name) {
			return nil
		}
	}
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.name
	}
	if other := providers.Similar(name, names); other != "" {
		return &providers.Problem{Attr: "name", Summary: "No such app",
			Detail: fmt.Sprintf("The image has no provisioned app %q; did you mean %q?", name, other)}
	}
	return nil
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
