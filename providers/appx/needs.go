package appx

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// needs are the demands of an app and what its dependencies provide, in the form of the resource's
// attributes.
func needs(app packed, given []packed) (requires, provides []string) {
	list := app.demands
	for _, p := range given {
		provides = append(provides, p.full)
		for _, d := range p.demands {
			d.by = p.full
			list = append(list, d)
		}
	}
	for _, d := range list {
		requires = append(requires, d.text())
	}
	slices.Sort(requires)
	return slices.Compact(requires), provides
}

// satisfied refuses an app that Windows would not install because the image is too old for it, or
// lacks a package that it needs (0x80073CFD and 0x80073CF3 of DISM).
func satisfied(ctx context.Context, s image.Session, c providers.TypedChange[app]) error {
	if c.Want.Source == nil || len(c.Want.Requires) == 0 {
		return nil
	}
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	there, err := stockOf(s, c)
	if err != nil {
		return err
	}
	arch, _ := chosen(info.Arch, c.Want.Architectures)
	version := after(info.Version, c.Earlier)
	families := map[string][]demand{} // of the app, and of each dependency, one must suit
	var errs []error
	for _, text := range c.Want.Requires {
		d, err := parseDemand(text)
		switch {
		case err != nil:
			errs = append(errs, err)
		case d.arch != arch && (d.by == "" || d.arch != "neutral"):
		case d.framework:
			errs = append(errs, there.has(info.Arch, c.Want, d))
		default:
			families[d.by] = append(families[d.by], d)
		}
	}
	for _, by := range slices.Sorted(maps.Keys(families)) {
		errs = append(errs, suits(info.InstallationType, version, c.Want, families[by]))
	}
	return errors.Join(errs...)
}

// after is the version of Windows after earlier changes of the plan.
func after(version string, earlier []providers.Earlier) string {
	parts := strings.SplitN(version, ".", 3)
	for e, u := range providers.Told[providers.Updates](earlier) {
		if u.Release == "" || e.Gone || len(parts) < 3 {
			continue
		}
		if v := parts[0] + "." + parts[1] + "." + u.Release; msu.CompareVersions(v, version) > 0 {
			version = v
		}
	}
	return version
}

// suits refuses an image that belongs to none of a package's device families in the version that it
// needs. What an image does not say is not checked.
func suits(installation, version string, a app, families []demand) error {
	runs := func(d demand) bool {
		switch strings.ToLower(d.name) {
		case "windows.universal", "windows.desktop":
			return true
		case "windows.server":
			return installation == "" || strings.HasPrefix(strings.ToLower(installation), "server")
		}
		return false
	}
	var names []string
	least := ""
	for _, d := range families {
		names = append(names, d.name)
		if !runs(d) {
			continue
		}
		if version == "" || msu.CompareVersions(version, d.version) >= 0 {
			return nil
		}
		if least == "" || msu.CompareVersions(d.version, least) < 0 {
			least = d.version
		}
	}
	attr, who := a.neededBy(families[0])
	if least == "" {
		return providers.Problemf(attr, "App for other devices", "%s is for %s, and the image holds Windows for PCs and servers. Windows would not install it.", who, strings.Join(names, " and "))
	}
	return providers.Problemf(attr, "Windows is too old for the app",
		"%s needs Windows %s or later, and the image holds %s, so Windows would not install it. Take an earlier version of the app, or a later one of Windows.", who, least, version)
}

// neededBy names the file that needs something, and its attribute.
func (a app) neededBy(d demand) (attr, who string) {
	if i := slices.Index(a.Provides, d.by); i >= 0 && i < len(a.Dependencies) {
		return "dependencies", fmt.Sprintf("%s (%s)", a.Dependencies[i], d.by)
	}
	return "source", *a.Source
}

// stock are the packages available to an app when it is added.
type stock struct {
	image  []identity // in the image, or brought into it by earlier changes
	beside []identity // dependencies of the resource
}

// stockOf lists what is available to a change: what the image has, less what earlier changes of the
// plan remove, and the resource's dependencies.
func stockOf(s image.Session, c providers.TypedChange[app]) (stock, error) {
	reg, files, err := parts(s)
	if err != nil {
		return stock{}, err
	}
	all := stock{}
	if all.image, err = available(reg, files); err != nil {
		return stock{}, err
	}
	for e, a := range providers.Told[app](c.Earlier) {
		all.change(a, e.Gone)
	}
	for _, full := range c.Want.Provides {
		if i, ok := parseIdentity(full); ok {
			all.beside = append(all.beside, i)
		}
	}
	return all, nil
}

func parts(s image.Session) (image.Registry, image.Files, error) {
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return nil, nil, err
	}
	files, err := providers.Need[image.Files](s, image.CanFiles)
	return reg, files, err
}

// available lists the packages in the image, also those that only other packages use.
func available(reg image.Registry, files image.Files) ([]identity, error) {
	var all []identity
	for _, key := range []string{provisioned, staged, inbox} {
		list, err := below(reg, key)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	entries, err := files.ReadDir(packages)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if i, ok := parseIdentity(e.Name()); ok && e.IsDir() {
			all = append(all, i)
		}
	}
	return all, nil
}

// change applies a change of the plan to the stock.
func (st *stock) change(a app, gone bool) {
	if gone {
		st.image = slices.DeleteFunc(st.image, func(i identity) bool { return nt.Equal(i.name, a.Name) })
		return
	}
	brought := a.Provides
	if a.Identity != nil {
		brought = append([]string{*a.Identity}, brought...)
	}
	for _, full := range brought {
		if i, ok := parseIdentity(full); ok {
			st.image = append(st.image, i)
		}
	}
}

// has refuses an app whose framework is neither in the image nor in dependencies.
func (st stock) has(arch string, a app, d demand) error {
	var odd []string
	for n, list := range [][]identity{st.image, st.beside} {
		where := [2]string{"the image has ", "dependencies has "}[n]
		for _, i := range list {
			if !nt.Equal(i.name, d.name) || d.publisher != "" && !nt.Equal(i.publisher, d.publisher) {
				continue
			}
			if msu.CompareVersions(i.version, d.version) >= 0 && d.serves(arch, i) {
				return nil
			}
			if text := where + i.version + " for " + i.arch; !slices.Contains(odd, text) {
				odd = append(odd, text)
			}
		}
	}
	found := ""
	if len(odd) > 0 {
		found = " (" + strings.Join(odd, ", ") + ")"
	}
	attr, who := a.neededBy(d)
	version := ""
	if d.version != "0" {
		version = " " + d.version + " or later"
	}
	return providers.Problemf(attr, "Needed package is missing",
		"%s needs %s%s for %s, and neither the image nor dependencies has it%s, so Windows would not install the app. Get the file of that package, and add it to dependencies.",
		who, d.name, version, d.arch, found)
}

// serves reports whether a package has the architecture of a demand. A bundle has several, and an
// app for any architecture uses that of the image.
func (d demand) serves(image string, i identity) bool {
	switch {
	case i.arch == d.arch || i.arch == "neutral":
		return true
	case d.arch == "neutral":
		return runsOn(image, []string{i.arch})
	}
	return false
}
