package dismemu

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image/dism/dismemu/driverdb"
	"github.com/gildhq/gild/image/driverstore"
)

func (r *run) getDrivers() error {
	return r.inspect(func(img *serviced) error {
		list, err := driverdb.List(img.files, img.registry)
		if err != nil {
			return err
		}
		slices.SortStableFunc(list, func(a, b driverdb.Driver) int { return strings.Compare(a.PublishedName, b.PublishedName) })
		if r.args.has("All") {
			r.out.line("Obtaining list of all drivers from the driver store...")
		} else {
			r.out.line("Obtaining list of 3rd party drivers from the driver store...")
		}
		r.out.line("")
		r.out.line("Driver packages listing:")
		r.out.line("")
		var records [][]field
		for _, p := range list {
			if !p.Inbox || r.args.has("All") {
				records = append(records, []field{{"Published Name", p.PublishedName}, {"Original File Name", p.OriginalName},
					{"Inbox", yes(p.Inbox)}, {"Class Name", p.Class}, {"Provider Name", p.Provider}, {"Date", r.locale.day(p.Date)}, {"Version", p.Version}})
			}
		}
		r.out.records(records, "(No drivers found in the image matching the criteria)", r.table())
		return nil
	})
}

func yes(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}

// addDriver adds drivers. In a folder, one that can't be added is reported, and the
// others are added all the same; that is no error.
func (r *run) addDriver() error {
	sources := r.args.all("Driver")
	if len(sources) == 0 {
		return missingOption("driver")
	}
	infs, named, err := r.driverFiles(sources)
	if err != nil {
		return err
	}
	return r.service(func(img *serviced) error { return r.addDrivers(img, infs, named) })
}

// addDrivers adds drivers to an image. The error is that of one that was named itself.
func (r *run) addDrivers(img *serviced, infs []string, named map[string]bool) error {
	if r.args.has("Recurse") {
		r.out.line("Searching for driver packages to install...")
	}
	r.out.line("Found %d driver package(s) to install.", len(infs))
	store, err := driverstore.Open(r.ctx, img)
	if err != nil {
		return err
	}
	var failed error
	for i, name := range infs {
		if i > 0 {
			if err := r.midway(nil); err != nil {
				return err
			}
		}
		said := "The driver package was successfully installed."
		if store, err = r.addOneDriver(img, store, name); err != nil {
			var known *failure
			if !errors.As(err, &known) {
				return err
			}
			said = "Error - An error occurred. The driver package could not be installed."
			r.out.line("Installing %d of %d - %s: %s", i+1, len(infs), name, said)
			r.out.line("%s", known.lines[0])
			if named[name] {
				failed = err
			}
			continue
		}
		r.out.line("Installing %d of %d - %s: %s", i+1, len(infs), name, said)
	}
	if failed != nil {
		return errors.Join(failed, img.Commit(r.ctx, ""))
	}
	return nil
}

// driverFiles returns the INF files that are meant, and which of them were named
// themselves.
func (r *run) driverFiles(sources []string) (infs []string, named map[string]bool, err error) {
	named = map[string]bool{}
	for _, source := range sources {
		st, err := os.Stat(source)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, nil, known(errNotFound, source)
		case err != nil:
			return nil, nil, err
		case !st.IsDir():
			infs, named[source] = append(infs, source), true
			continue
		}
		below, err := folderDrivers(source, r.args.has("Recurse"))
		if err != nil {
			return nil, nil, err
		}
		infs = append(infs, below...)
	}
	if len(infs) == 0 {
		return nil, nil, known(errNotFound, "There are no driver packages in the folder. Use /Recurse to search the folders below it, too.")
	}
	return infs, named, nil
}

func folderDrivers(dir string, recurse bool) ([]string, error) {
	var infs []string
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && name != dir && !recurse {
			return fs.SkipDir
		}
		if err == nil && !e.IsDir() && strings.EqualFold(extension(name), ".inf") {
			infs = append(infs, name)
		}
		return err
	})
	return infs, err
}

// addOneDriver adds a driver, and returns the store as it is then. A failure is one of
// the package; it changes nothing.
func (r *run) addOneDriver(img *serviced, store *driverstore.Store, name string) (*driverstore.Store, error) {
	pkg, err := r.readDriver(img, name)
	if err != nil {
		return store, err
	}
	if there, err := img.hasINF(pkg); err != nil || there {
		return store, err // DISM says that it has installed it, and leaves it as it is
	}
	if pkg.Package.Catalog != "" {
		if _, err = store.Import(r.ctx, *pkg); !errors.Is(err, driverstore.ErrUnsuited) {
			return store, err
		}
	}
	if err := img.stage(r.ctx, store, *pkg, r.now()); err != nil {
		return store, err
	}
	return driverstore.Open(r.ctx, img)
}

// readDriver reads a driver package, and refuses what DISM refuses.
func (r *run) readDriver(img *serviced, name string) (*driverstore.Import, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	file, err := inf.Parse(data)
	if err != nil || file.Version.ClassGUID == "" {
		return nil, fail(0xe0000100, "The style of the INF is different than what was requested.")
	}
	target, err := img.target()
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(name)
	pkg := &driverstore.Import{Name: strings.ToLower(filepath.Base(name)), INF: data, File: file, Package: file.Resolve(target)}
	found, missing, err := pkg.Package.Locate(os.DirFS(dir))
	switch {
	case err != nil:
		return nil, err
	case len(pkg.Package.Models) == 0 && pkg.Package.DefaultInstall == nil && pkg.Package.ClassInstall == nil:
		return nil, fail(0xe0000217, "The INF does not support this architecture.")
	case pkg.Package.Catalog == "" && !r.args.has("ForceUnsigned"):
		return nil, known(0x800f022f)
	case len(missing) > 0:
		return nil, known(errNotFound, missing[0].String())
	}
	for path, at := range found {
		pkg.Files = append(pkg.Files, driverstore.File{Path: path, Open: func() (io.ReadCloser, error) { return os.Open(filepath.Join(dir, filepath.FromSlash(at))) }})
	}
	slices.SortFunc(pkg.Files, func(a, b driverstore.File) int { return strings.Compare(a.Path, b.Path) })
	return pkg, nil
}

// target is what drivers must be for.
func (img *serviced) target() (inf.Target, error) {
	var t inf.Target
	var err error
	if t.Arch, err = inf.ParseArch(img.info.Arch); err != nil {
		return t, err
	}
	var revision uint32
	_, err = fmt.Sscanf(img.info.Version, "%d.%d.%d.%d", &t.Major, &t.Minor, &t.Build, &revision)
	return t, err
}

func (r *run) removeDriver() error {
	names := r.args.all("Driver")
	if len(names) == 0 {
		return missingOption("driver")
	}
	return r.service(func(img *serviced) error {
		store, err := driverstore.Open(r.ctx, img)
		if err != nil {
			return err
		}
		for i, name := range names {
			if i > 0 {
				if err := r.midway(nil); err != nil {
					return err
				}
			}
			list := store.Packages()
			at := slices.IndexFunc(list, func(p driverstore.Package) bool { return !p.Inbox && strings.EqualFold(p.PublishedName, name) })
			if at < 0 {
				return known(0x800f023c, name)
			}
			if err := store.Remove(r.ctx, list[at]); err != nil {
				return err
			}
			r.out.line("Removing %d of %d - %s: The driver package was successfully removed.", i+1, len(names), name)
		}
		return nil
	})
}
