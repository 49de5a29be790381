package driver

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/providers"
)

// A driver that Windows starts with is set up as soon as it is in the image. Of two
// vendors with one service, or one file outside the store, only one can have it: so the
// second of them can't come into the image at once. That is looked for when the plan is
// made, as the first is not in the image yet.

// takes returns what a package sets up outside the driver store, and as what.
func (l *loaded) takes(p *inf.Package) map[string]string {
	all := map[string]string{}
	for _, in := range p.Installs {
		for _, v := range in.Services {
			if v.Name == "" {
				continue
			}
			how := fmt.Sprintf("%s %d %d %d %s %q", v.Binary, v.Type, v.Start, v.ErrorControl, v.LoadOrderGroup, v.Dependencies)
			if v.Binary.InStore() {
				how += " " + l.content.Files[l.pack.OriginalName]
			}
			all["service "+nt.Fold(v.Name)] = how
		}
	}
	for _, f := range p.Files {
		for _, c := range f.Copies {
			if path, ok := c.Dest.Path(p.Target.Arch); ok && !c.Dest.InStore() {
				all["file "+nt.Fold(path)] = l.content.Files[f.Path]
			}
		}
	}
	return all
}

// taken is what is set up by packages that come before another one.
type taken map[string][]taker

type taker struct {
	pack
	how string
}

// takenBy collects what the resources set up that are changed before.
func takenBy(earlier []providers.Earlier, arch string) taken {
	t := taken{}
	for e, d := range providers.Told[driver](earlier) {
		for name, p := range d.Packages {
			if !e.Gone {
				t.add(p, d.Content[name], arch)
			}
		}
	}
	return t
}

// add records what a package sets up.
func (t taken) add(p pack, c content, arch string) {
	for what, how := range c.Takes[arch] {
		t[what] = append(t[what], taker{p, how})
	}
}

// clash tells which package before this one sets up the same thing in another way, and
// is of another name or provider: those of one vendor and name share it.
func (t taken) clash(l *loaded, arch string) string {
	for _, what := range sorted(l.content.Takes[arch]) {
		for _, by := range t[what] {
			if by.how != l.content.Takes[arch][what] && !(nt.Equal(by.OriginalName, l.pack.OriginalName) && nt.Equal(by.Provider, l.pack.Provider)) {
				return fmt.Sprintf("%s of %s, which comes before it, has the %s, too", by.OriginalName, by.Provider, strings.ToLower(what))
			}
		}
	}
	return ""
}
