package driver

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/providers"
)

// A driver that Windows needs to start is set up as soon as it is in the image. If packages of two
// vendors set up the same service or the same file outside the driver store, only one can have it,
// so the second one can't be imported now. The plan has to check this against earlier packages that
// are not in the image yet.

// takes returns what a package sets up outside the driver store, and how.
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

// taken is what earlier packages set up.
type taken map[string][]taker

type taker struct {
	pack
	how string
}

// takenBy collects what the resources changed earlier set up.
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

// clash says which earlier package sets up the same thing in another way; packages of one provider
// and name may share a thing.
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
