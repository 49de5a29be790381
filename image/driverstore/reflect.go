package driverstore

import (
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// Recorded classes of locked files: whether the INF file has PnpLockdown.
const (
	locked      = 4
	lockedByAll = 5
)

// reflection is the part of a package that takes effect at once, so that its devices
// work when Windows starts: its services, and its files outside the store. Windows
// calls this reflecting a driver (Microsoft, "Add Device Drivers to an Offline Windows
// Image").
type reflection struct {
	*recorder
	contents contents
	copies   []reflected
	done     map[string]bool // services and files
	stale    []stale
}

// stale is a value that a service has from another package.
type stale struct{ key, name string }

// reflected is a file that is copied out of the store.
type reflected struct {
	*content
	name string // path in the image
}

// reflect plans the reflection. Existing services and files are shared: they are the
// same, see [installed.conflict], or become those of the sibling that Windows prefers.
func (s *Store) reflect(r *recorder, c contents) (*reflection, error) {
	x := &reflection{recorder: r, contents: c, done: map[string]bool{}}
	for _, in := range r.pkg.Package.Installs {
		for _, v := range in.Services {
			if err := s.reflectService(x, v); err != nil {
				return nil, err
			}
		}
		for _, w := range in.Wdf {
			if w.LibraryVersion != "" && !x.twice(`wdf\`+w.Name) && s.decides(x, w.Name) {
				x.text(services+`\`+w.Name+`\Parameters\Wdf`, "KmdfLibraryVersion", w.LibraryVersion)
			}
		}
	}
	for _, f := range r.pkg.Package.Files {
		for _, copy := range f.Copies {
			if err := s.reflectFile(x, f.Path, copy.Dest); err != nil {
				return nil, err
			}
		}
	}
	return x, nil
}

func (x *reflection) twice(name string) bool {
	name = nt.Fold(name)
	was := x.done[name]
	x.done[name] = true
	return was
}

// serves reports whether the image has a service.
func (w *windows) serves(name string) bool {
	_, err := w.registry.Value(services+`\`+name, "ImagePath")
	return err == nil
}

// reflectService plans a service.
func (s *Store) reflectService(x *reflection, v *inf.Service) error {
	if v.Name == "" || x.twice(`service\`+v.Name) {
		return nil
	}
	key := services + `\` + v.Name
	k, _ := s.records.Key(key)
	switch {
	case !s.serves(v.Name):
		return s.serve(x, key, v, []string{x.published})
	case s.decides(x, v.Name):
		return s.serve(x, key, v, append(k.Texts("Owners"), x.published))
	}
	return s.share(x, key)
}

// decides reports whether the package determines the settings of a service.
func (s *Store) decides(x *reflection, name string) bool {
	return !s.serves(name) || s.outranks(x.pkg, services+`\`+name)
}

// share makes the package an owner of an existing service or file.
func (s *Store) share(x *reflection, key string) error {
	k, _ := s.records.Key(key)
	return x.list(key, "Owners", append(k.Texts("Owners"), x.published)...)
}

// service writes the values of a service.
func (x *reflection) service(out *entries, key string, v *inf.Service) error {
	if v.DisplayName != "" {
		out.text(key, "DisplayName", x.indirect(&v.Part, "DisplayName", v.DisplayName))
	}
	if v.Description != "" {
		out.text(key, "Description", x.indirect(&v.Part, "Description", v.Description))
	}
	path, _ := imagePath(v, x.name, x.pkg.Package.Target.Arch)
	out.set(key, "ImagePath", hive.RegExpandSZ, hive.EncodeString(path))
	out.number(key, "Type", v.Type)
	out.number(key, "Start", v.Start)
	out.number(key, "ErrorControl", v.ErrorControl)
	if v.LoadOrderGroup != "" {
		out.text(key, "Group", v.LoadOrderGroup)
	}
	var onServices, onGroups []string
	for _, d := range v.Dependencies {
		if group, ok := strings.CutPrefix(d, "+"); ok {
			onGroups = append(onGroups, group)
		} else {
			onServices = append(onServices, d)
		}
	}
	if err := out.some(key, "DependOnService", onServices); err != nil {
		return err
	}
	return out.some(key, "DependOnGroup", onGroups)
}

// indirect returns the form of a text in a service: a reference to a string of the INF
// file, followed by the string.
func (x *reflection) indirect(p *inf.Part, directive, text string) string {
	for _, l := range p.Other {
		if !strings.EqualFold(l.Key, directive) {
			continue
		}
		if token, ok := reference(l.RawValue(0)); ok {
			return "@" + x.published + ",%" + token + "%;" + text
		}
		break
	}
	return text
}

// imagePath returns the value ImagePath of a service: for drivers that the boot loader
// loads it is relative to the folder of Windows, all others begin with \SystemRoot.
// (True for 224 of 225 services of a real Windows that packages own.)
func imagePath(v *inf.Service, name string, arch inf.Arch) (string, bool) {
	var path string
	if v.Binary.InStore() {
		path = `System32\DriverStore\FileRepository\` + joinKey(name, v.Binary.Subdir+`\`+v.Binary.Name)
	} else {
		full, ok := v.Binary.Path(arch)
		if !ok || !inWindows(full) {
			return "", false
		}
		path = full[len(`Windows\`):]
	}
	if v.Start != inf.StartBoot {
		path = `\SystemRoot\` + path
	}
	return path, true
}

// reflectFile plans the copy of a file.
func (s *Store) reflectFile(x *reflection, path string, dest inf.Dest) error {
	full, _ := dest.Path(x.pkg.Package.Target.Arch)
	if dest.InStore() || x.twice(`file\`+full) {
		return nil
	}
	name, err := image.CleanPath(full)
	if err != nil {
		return err
	}
	key := lockKey(name)
	c := x.contents.find(path)
	if there, err := s.has(name); err != nil {
		return err
	} else if there && !s.outranks(x.pkg, key) {
		return s.share(x, key)
	}
	k, _ := s.records.Key(key)
	x.copies = append(x.copies, reflected{c, name})
	x.source(key, c.Path)
	return x.list(key, "Owners", append(k.Texts("Owners"), x.published)...)
}

// source records from which file of the package a file outside the store was copied.
func (x *reflection) source(key, path string) {
	class := uint32(lockedByAll)
	if x.pkg.File.Version.PnpLockdown {
		class = locked
	}
	x.number(key, "Class", class)
	x.set(key, "Source", hive.RegExpandSZ, hive.EncodeString(storePath(x.name, path)))
}

// storePath is the recorded path of a package's file in the store.
func storePath(key, path string) string {
	return `%SystemRoot%\System32\DriverStore\FileRepository\` + key + `\` + strings.ReplaceAll(path, "/", `\`)
}
