package cbs

import (
	"errors"
	"io/fs"
	"strings"
)

// Damage is a file of the component store that is missing or empty.
type Damage struct{ Thing, Detail string }

func (d Damage) String() string { return d.Thing + " " + d.Detail }

// Damage looks for the manifests and catalogues of the packages that are there, and for
// the manifests of the components that the store lists.
func (i Image) Damage() ([]Damage, error) {
	all, err := i.Packages()
	if err != nil {
		return nil, err
	}
	components, err := i.subkeys(`HKLM\COMPONENTS\DerivedData\Components`)
	if err != nil {
		return nil, err
	}
	var found []Damage
	look := func(folder string) (func(name string), error) {
		entries, err := fs.ReadDir(i.Files, folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		sizes := map[string]int64{}
		for _, e := range entries {
			if info, err := e.Info(); err == nil && !e.IsDir() {
				sizes[strings.ToLower(e.Name())] = info.Size()
			}
		}
		return func(name string) {
			if size, there := sizes[strings.ToLower(name)]; !there {
				found = append(found, Damage{folder + "/" + name, "is missing"})
			} else if size == 0 {
				found = append(found, Damage{folder + "/" + name, "is empty"})
			}
		}, nil
	}
	need, err := look(Manifests)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.State == Staged || p.State.There() {
			need(p.Identity + ".mum")
			need(p.Identity + ".cat")
		}
	}
	if need, err = look("Windows/WinSxS/Manifests"); err != nil {
		return nil, err
	}
	for _, name := range components {
		need(name + ".manifest")
	}
	return found, nil
}
