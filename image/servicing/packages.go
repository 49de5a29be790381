package servicing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/regread"
)

const packages = base + `\Packages`

// Package is a package, or an update, that the image has a record of.
type Package struct {
	Identity    string
	ID          msu.Identity // its parts; zero if it is none
	State       State
	Visible     *bool     // DISM lists it; nil: not known
	ReleaseType string    // type of package: update, language_pack …; only of visible packages with a manifest
	KB          string    // article, such as KB5058411; empty: not known
	Permanent   bool      // Windows refuses to remove it
	InstallTime time.Time // when the package reached its state; zero: not known
	Client      string    // program that installed it
}

// Named returns a package of an identity, with what that tells.
func Named(identity string, state State) Package {
	p := Package{Identity: identity, State: state, KB: nameKB(identity)}
	if id, err := msu.ParseIdentity(identity); err == nil {
		p.ID = id
	}
	return p
}

// Packages lists the packages in the image, by identity, and notes of what could not be
// read. Like all results of this package, the list is shared and must not be changed.
func Packages(ctx context.Context, s image.Session) ([]Package, []string, error) {
	files, ok := image.As[image.Files](s)
	if !ok {
		return nil, nil, fmt.Errorf("the image gives no access to its %s", image.CanFiles)
	}
	return once(s, described{}, func(r *regread.Reader) ([]Package, error) {
		list, err := recordedIn(ctx, s, r)
		if err != nil {
			return nil, err
		}
		list = slices.Clone(list)
		for i := range list {
			if p := &list[i]; p.Visible != nil && *p.Visible {
				describe(r, files, p)
			}
		}
		return list, ctx.Err()
	}, image.CanRegistry, image.CanFiles)
}

// Recorded is [Packages] without reading manifests, which takes a fraction of the time.
func Recorded(ctx context.Context, s image.Session) ([]Package, []string, error) {
	return once(s, recorded{}, func(r *regread.Reader) ([]Package, error) { return readPackages(ctx, r) }, image.CanRegistry)
}

// recordedIn is [Recorded], with the notes added to those of a reader.
func recordedIn(ctx context.Context, s image.Session, r *regread.Reader) ([]Package, error) {
	list, notes, err := Recorded(ctx, s)
	for _, n := range notes {
		r.Note("%s", n)
	}
	return list, err
}

// describe fills in the data from the package's manifest.
func describe(r *regread.Reader, files image.Files, p *Package) {
	m, err := readManifest(files, p.Identity)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		r.Note("package %s: %v", p.Identity, err)
		p.ReleaseType = Unknown
	default:
		p.ReleaseType, p.Permanent = m.releaseType, p.Permanent || m.permanent
		if kb := msu.KB(m.identifier, m.support); kb != "" {
			p.KB = kb
		}
	}
}

// readPackages reads the registry's records of packages.
func readPackages(ctx context.Context, r *regread.Reader) ([]Package, error) {
	names, err := r.Subkeys(packages)
	if err != nil {
		return nil, fmt.Errorf("packages: %w", err)
	}
	list := make([]Package, len(names))
	for i, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		list[i] = readPackage(r, name)
	}
	return list, nil
}

func readPackage(r *regread.Reader, identity string) Package {
	p := Named(identity, NoState)
	k, _ := r.Key(packages + `\` + identity)
	if n, ok := k.Number("CurrentState"); ok {
		p.State = State(n)
		p.Permanent = p.State == Permanent
	}
	if p.State.String() == Unknown {
		r.Note("package %s: its state %s is not known", identity, stateText(p.State))
	}
	if n, ok := k.Number("Visibility"); ok && (n == 1 || n == 2) {
		visible := n == 1
		p.Visible = &visible
	}
	p.Client = k.Text("InstallClient")
	high, hasHigh := k.Number("InstallTimeHigh")
	low, hasLow := k.Number("InstallTimeLow")
	if hasHigh && hasLow {
		p.InstallTime = nt.Time(uint64(high)<<32 | uint64(low)).Time()
	}
	return p
}

func stateText(s State) string {
	if s == NoState {
		return "(none)"
	}
	return fmt.Sprintf("%#x", uint32(s))
}
