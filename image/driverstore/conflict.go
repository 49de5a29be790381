package driverstore

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// conflict returns which service or file of the package the image has in another form:
// gild can't decide which one Windows should use. Identical services and files of other
// driver packages are shared. Those that belong only to packages in gone, or to
// siblings, see [Store.siblings], are not a conflict.
func (d *installed) conflict(pkg Import, gone []Package) string {
	x := &reflection{recorder: &recorder{pkg: pkg}}
	for _, in := range pkg.Package.Installs {
		for _, v := range in.Services {
			if why := d.serviceConflict(x, v, gone); why != "" {
				return fmt.Sprintf("line %d: %s", v.Line, why)
			}
		}
	}
	for _, f := range pkg.Package.Files {
		for _, c := range f.Copies {
			if why := d.fileConflict(pkg, f.Path, c.Dest, gone); why != "" {
				return fmt.Sprintf("line %d: %s", c.Line, why)
			}
		}
	}
	return ""
}

func (d *installed) serviceConflict(x *reflection, v *inf.Service, gone []Package) string {
	if v.Name == "" {
		return ""
	}
	if !d.serves(v.Name) {
		return d.programConflict(x.pkg, v)
	}
	key := services + `\` + v.Name
	owned, free := d.owners(key, gone)
	if free {
		return ""
	} else if !owned {
		return fmt.Sprintf("the image has a service %s that does not belong to a driver package", v.Name)
	} else if d.outranks(x.pkg, key) {
		return d.programConflict(x.pkg, v)
	} else if len(d.siblingsOf(x.pkg, key)) > 0 {
		return ""
	}
	var own entries
	if err := x.service(&own, key, v); err != nil {
		return err.Error()
	}
	there := d.values(key)
	for _, e := range own {
		if e.value.Name == "DisplayName" || e.value.Name == "Description" {
			continue // packages that share a service may name it differently
		}
		if at, ok := there[nt.Fold(e.value.Name)]; !ok || !sameSetting(at, *e.value) {
			return fmt.Sprintf("the image has a service %s with another %s", v.Name, e.value.Name)
		}
	}
	return ""
}

// programConflict returns an error text if a new service would have no program: Windows
// might not start.
func (d *installed) programConflict(pkg Import, v *inf.Service) string {
	arch := pkg.Package.Target.Arch
	want, fixed := v.Binary.Path(arch)
	for _, f := range pkg.Package.Files {
		if v.Binary.InStore() && nt.Equal(f.Path, strings.ReplaceAll(strings.TrimPrefix(joinKey("", v.Binary.Subdir+`\`+v.Binary.Name), `\`), `\`, "/")) {
			return ""
		}
		for _, c := range f.Copies {
			if path, ok := c.Dest.Path(arch); fixed && ok && nt.Equal(path, want) {
				return ""
			}
		}
	}
	if name, err := image.CleanPath(want); fixed && err == nil {
		if there, err := d.has(name); err == nil && there {
			return ""
		}
	}
	return fmt.Sprintf("neither the package nor the image has %s, the program of service %s", v.Binary, v.Name)
}

// sameSetting reports whether two values mean the same to a service: the case of texts
// does not matter.
func sameSetting(a, b image.Value) bool {
	switch {
	case a.Type != b.Type:
		return false
	case a.Type == hive.RegSZ || a.Type == hive.RegExpandSZ || a.Type == hive.RegMultiSZ:
		text := func(v image.Value) string { return strings.TrimRight(nt.DecodeUTF16(v.Data), "\x00") }
		return nt.Equal(text(a), text(b))
	}
	return bytes.Equal(a.Data, b.Data)
}

func (d *installed) fileConflict(pkg Import, path string, dest inf.Dest, gone []Package) string {
	full, ok := dest.Path(pkg.Package.Target.Arch)
	if !ok {
		return "" // it runs from the store
	}
	name, err := image.CleanPath(full)
	if err != nil {
		return err.Error()
	}
	sum, err := d.files.SHA1(name)
	if ifThere(err) != nil {
		return err.Error()
	}
	i := slices.IndexFunc(pkg.Files, func(f File) bool { return nt.Equal(f.Path, path) })
	if err != nil || i < 0 {
		return "" // it does not exist; [Store.Import] reports a missing one
	}
	owned, free := d.owners(lockKey(name), gone)
	if free || len(d.siblingsOf(pkg, lockKey(name))) > 0 {
		return ""
	} else if !owned {
		return fmt.Sprintf("the image has a file %s that does not belong to a driver package", name)
	}
	c := content{File: pkg.Files[i]}
	if err := c.read(); err != nil {
		return err.Error()
	}
	if c.sha1 != sum {
		return fmt.Sprintf("the image has a file %s with other content", name)
	}
	return ""
}

// owners reports whether packages own a service or file, and whether all of them are in
// gone. (Names after a ! are those of former owners.)
func (d *installed) owners(key string, gone []Package) (owned, free bool) {
	k, _ := d.records.Key(key)
	free = true
	for _, owner := range k.Texts("Owners") {
		if strings.HasPrefix(owner, "!") {
			continue
		}
		owned = true
		free = free && slices.ContainsFunc(gone, func(p Package) bool { return nt.Equal(p.PublishedName, owner) })
	}
	return owned, owned && free
}
