package dismemu

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image/dism/dismemu/driverdb"
	"github.com/gildhq/gild/image/driverstore"
)

func getDrivers(r *run) error {
	return r.inspect(func(img *serviced) error {
		list, err := driverdb.List(img.files, img.registry)
		if err != nil {
			return err
		}
		slices.SortStableFunc(list, func(a, b driverdb.Driver) int { return strings.Compare(a.PublishedName, b.PublishedName) })
		r.out.line("Obtaining list of 3rd party drivers from the driver store...")
		r.out.line("")
		r.out.line("Driver packages listing:")
		r.out.line("")
		var records [][]field
		for _, p := range list {
			if !p.Inbox {
				records = append(records, []field{{"Published Name", p.PublishedName}, {"Original File Name", p.OriginalName},
					{"Inbox", "No"}, {"Class Name", p.Class}, {"Provider Name", p.Provider}, {"Date", r.locale.day(p.Date)}, {"Version", p.Version}})
			}
		}
		r.out.records(records, "(No drivers found in the image matching the criteria)")
		return nil
	})
}

// addDriver adds the drivers of INF files. If one can't be added it reports that and adds the
// others.
func addDriver(r *run) error {
	infs := r.args.all("Driver")
	if len(infs) == 0 {
		return missingOption("driver")
	}
	for _, name := range infs {
		if !exists(name) {
			return known(errNotFound, name)
		}
	}
	return r.service(func(img *serviced) error {
		r.out.line("Found %d driver package(s) to install.", len(infs))
		store, err := driverstore.Open(r.ctx, img)
		if err != nil {
			return err
		}
		d := drivers{r, img}
		var failed error
		for i, name := range infs {
			if i > 0 {
				if err := r.midway(nil); err != nil {
					return err
				}
			}
			var known *failure
			if store, err = d.add(store, name); err == nil {
				r.out.line("Installing %d of %d - %s: The driver package was successfully installed.", i+1, len(infs), name)
			} else if errors.As(err, &known) {
				r.out.line("Installing %d of %d - %s: Error - An error occurred. The driver package could not be installed.", i+1, len(infs), name)
				r.out.line("%s", known.lines[0])
				failed = err
			} else {
				return err
			}
		}
		if failed != nil {
			return errors.Join(failed, img.Commit(r.ctx, ""))
		}
		return nil
	})
}

// drivers changes the driver packages of an image in a run of DISM.
type drivers struct {
	*run
	img *serviced
}

// add adds a driver package and returns the driver store afterwards. An error of type
// *failure is about the package; nothing was changed then.
func (d drivers) add(store *driverstore.Store, name string) (*driverstore.Store, error) {
	pkg, err := d.read(name)
	if err != nil {
		return store, err
	}
	if there, err := d.hasINF(pkg); err != nil || there {
		return store, err // DISM reports success and changes nothing
	}
	if pkg.Package.Catalog != "" {
		if _, err = store.Import(d.ctx, *pkg); !errors.Is(err, driverstore.ErrUnsuited) {
			return store, err
		}
	}
	if err := d.stage(store, *pkg); err != nil {
		return store, err
	}
	return driverstore.Open(d.ctx, d.img)
}

// read reads a driver package, and refuses what DISM refuses.
func (d drivers) read(name string) (*driverstore.Import, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	file, err := inf.Parse(data)
	if err != nil || file.Version.ClassGUID == "" {
		return nil, fail(0xe0000100, "The style of the INF is different than what was requested.")
	}
	target, err := targetOf(d.img)
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
	case pkg.Package.Catalog == "" && !d.args.has("ForceUnsigned"):
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

// targetOf is the target that drivers must have.
func targetOf(img *serviced) (inf.Target, error) {
	var t inf.Target
	var err error
	if t.Arch, err = inf.ParseArch(img.info.Arch); err != nil {
		return t, err
	}
	var revision uint32
	_, err = fmt.Sscanf(img.info.Version, "%d.%d.%d.%d", &t.Major, &t.Minor, &t.Build, &revision)
	return t, err
}

func removeDriver(r *run) error {
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
