package appx

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// families returns the families of the packages, and after each those of the
// optional packages that belong to it.
func families(files image.Files, of []identity) ([]string, error) {
	var list []string
	add := func(i identity) {
		if !slices.ContainsFunc(list, func(f string) bool { return nt.Equal(f, i.family()) }) {
			list = append(list, i.family())
		}
	}
	for _, i := range of {
		add(i)
	}
	more, err := optionalPackages(files, of)
	for _, i := range more {
		add(i)
	}
	return list, err
}

// optional returns the full names of the optional packages of an app.
func optional(s image.Session, of []identity) ([]string, error) {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return nil, err
	}
	list, err := optionalPackages(files, of)
	var names []string
	for _, i := range list {
		names = append(names, i.full)
	}
	return names, err
}

// optionalPackages finds the packages that say in their manifests that they belong to
// one of the others (uap3:MainPackageDependency), in order. A manifest that can't be
// read belongs to a package that Windows can't install either.
func optionalPackages(files image.Files, of []identity) ([]identity, error) {
	entries, err := files.ReadDir(packages)
	if err != nil {
		return nil, providers.Gone(err)
	}
	var found []identity
	for _, e := range entries {
		i, ok := parseIdentity(e.Name())
		if !ok || !e.IsDir() || i.resource != "" || slices.ContainsFunc(of, func(o identity) bool { return nt.Equal(o.family(), i.family()) }) {
			continue
		}
		data, err := readFile(files, packages+"/"+e.Name()+"/"+packageManifest)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Contains(data, []byte("MainPackageDependency")) {
			continue
		}
		if err != nil {
			return nil, err
		}
		m, err := parseManifest(bytes.NewReader(data))
		if err == nil && m.adds(i, of) {
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b identity) int { return nt.Compare(a.full, b.full) })
	return found, nil
}

// adds reports whether the manifest of a package says that it is optional for one of the others.
// Without a publisher, its own counts.
func (m *manifest) adds(i identity, of []identity) bool {
	for _, d := range m.Needs.Main {
		publisher := i.publisher
		if d.Publisher != "" {
			publisher = publisherID(d.Publisher)
		}
		if slices.ContainsFunc(of, func(o identity) bool { return nt.Equal(o.name, d.Name) && nt.Equal(o.publisher, publisher) }) {
			return true
		}
	}
	return false
}
