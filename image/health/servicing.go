package health

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image/servicing"
)

const (
	manifestsOfPackages   = "Windows/servicing/Packages"
	manifestsOfComponents = "Windows/WinSxS/Manifests"
	components            = `HKLM\COMPONENTS\DerivedData\Components`
	cbs                   = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
)

const (
	repair = "Windows refuses to service an image whose store is not whole (0x800f0831, 0x80073701). " +
		"Repair it on Windows with DISM /Cleanup-Image /RestoreHealth and a source of the same build, or start from a whole image."
	start   = "Start Windows once from the image and capture it again, start from the image as it was released, or set allow_pending = true to accept it."
	newBase = "It can't be repaired: start from another image."
)

// servicing checks that the manifests of packages and components are there.
func (c *checker) servicing(ctx context.Context) (Result, error) {
	r := Result{Area: Servicing, Things: "packages and components"}
	packages, notes, err := servicing.Packages(ctx, c.session)
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	if err != nil {
		r.add(cbs+`\Packages`, "can't be read: "+err.Error(), otherSource)
	}
	c.report.Notes = append(c.report.Notes, notes...)
	files := c.sizes(manifestsOfPackages)
	for _, p := range packages {
		if !installed(p.State) {
			continue
		}
		r.Looked++
		for _, ext := range []string{".mum", ".cat"} {
			files.need(&r, manifestsOfPackages, p.Identity+ext, " though package "+p.Identity+" is "+p.State.String())
		}
	}
	return r, c.components(&r)
}

// installed reports whether a package in that state has its files in the image. A
// cleanup may have removed those of superseded packages.
func installed(s servicing.State) bool {
	switch s {
	case servicing.Staged, servicing.InstallPending, servicing.PartiallyInstalled, servicing.Installed, servicing.Permanent:
		return true
	}
	return false
}

// components checks the manifests of the components that COMPONENTS lists.
func (c *checker) components(r *Result) error {
	names, err := c.registry.Subkeys(components)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.note("the image has no list of components (%s); their manifests are not checked", components)
		return nil
	case err != nil:
		r.add(components, "can't be read: "+err.Error(), otherSource)
	}
	files := c.sizes(manifestsOfComponents)
	for _, name := range names {
		r.Looked++
		files.need(r, manifestsOfComponents, name+".manifest", " though the component store lists it")
	}
	return nil
}

// sizes are those of the files in a folder, by name in upper case.
type sizes map[string]int64

func (c *checker) sizes(folder string) sizes {
	all := sizes{}
	for _, e := range c.entries(folder) {
		info, err := e.Info()
		if err != nil || e.IsDir() {
			continue
		}
		all[nt.Fold(e.Name())] = info.Size()
	}
	return all
}

// need reports a file of the folder that is missing or empty.
func (s sizes) need(r *Result, folder, name, though string) {
	switch size, ok := s[nt.Fold(name)]; {
	case !ok:
		r.add(folder+"/"+name, "is missing,"+though, repair)
	case size == 0:
		r.add(folder+"/"+name, "is empty,"+though, repair)
	}
}

// pending checks that no servicing is pending.
func (c *checker) pending(ctx context.Context) (Result, error) {
	r := Result{Area: Pending}
	status, notes, err := servicing.ReadStatus(ctx, c.session)
	if err != nil {
		return r, err
	}
	c.report.Notes = append(c.report.Notes, notes...)
	if status.Unserviceable {
		r.add(cbs+`\Unserviceable`, "exists: Windows refuses all servicing of the image (0x800f0830)", newBase)
	}
	for _, place := range status.Pending {
		if c.options.AllowPending {
			c.note("work is pending: %s", place)
			continue
		}
		r.add(pendingAt(place), "shows that work is pending, and much of servicing refuses to run then (0x800f0806)", start)
	}
	return r, nil
}

// pendingAt returns the full name for a short one in [servicing.Status].Pending.
func pendingAt(place string) string {
	switch {
	case strings.Contains(place, "/"): // a file
		return place
	case strings.HasPrefix(place, `COMPONENTS\`):
		return `HKLM\` + place
	}
	return cbs + `\` + place
}
