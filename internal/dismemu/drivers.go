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
	"github.com/gildhq/gild/image/driverstore"
)

func (r *run) getDrivers() error {
	return r.service(func(img *serviced) error {
		list, _, err := driverstore.Packages(r.ctx, img)
		if err != nil {
			return err
		}
		if r.args.has("All") {
			r.out.line("Obtaining list of drivers from the driver store...")
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
					{"Inbox", yes(p.Inbox)}, {"Class Name", p.Class}, {"Provider Name", p.Provider}, {"Date", p.Date.Format("1/2/2006")}, {"Version", p.Version}})
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

// addDriver adds drivers. In a folder, one that can't be added is told of, and the
// others are added all the same.
func (r *run) addDriver() error {
	sources := r.args.all("Driver")
	if len(sources) == 0 {
		return missingOption("driver")
	}
	return r.service(func(img *serviced) error {
		if r.args.has("Recurse") {
			r.out.line("Searching for driver packages to install...")
		}
		infs, err := r.driverFiles(sources)
		if err != nil {
			return err
		}
		r.out.line("Found %d driver package(s) to install.", len(infs))
		store, err := driverstore.Open(r.ctx, img)
		if err != nil {
			return err
		}
		var failed error
		for i, name := range infs {
			said := "The driver package was successfully installed."
			if err := r.addOneDriver(img, store, name); err != nil {
				said, failed = "Error - "+err.Error(), err
			}
			r.out.line("Installing %d of %d - %s: %s", i+1, len(infs), name, said)
		}
		if failed != nil && len(infs) == 1 {
			return failed
		}
		return nil
	})
}

// driverFiles returns the INF files that are meant.
func (r *run) driverFiles(sources []string) ([]string, error) {
	var infs []string
	for _, source := range sources {
		st, err := os.Stat(source)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &failure{code: errNotFound, lines: []string{"The system cannot find the file specified.", source}}
		}
		if err != nil {
			return nil, err
		}
		if !st.IsDir() {
			infs = append(infs, source)
			continue
		}
		err = filepath.WalkDir(source, func(name string, e fs.DirEntry, err error) error {
			if err == nil && e.IsDir() && name != source && !r.args.has("Recurse") {
				return fs.SkipDir
			}
			if err == nil && strings.EqualFold(filepath.Ext(name), ".inf") {
				infs = append(infs, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return infs, nil
}

func (r *run) addOneDriver(img *serviced, store *driverstore.Store, name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	file, err := inf.Parse(data)
	if err != nil {
		return fail(0xe0000100, "The style of the INF is different than what was requested.")
	}
	target, err := img.target(r)
	if err != nil {
		return err
	}
	dir := filepath.Dir(name)
	pkg := driverstore.Import{Name: strings.ToLower(filepath.Base(name)), INF: data, File: file, Package: file.Resolve(target)}
	found, missing, err := pkg.Package.Locate(os.DirFS(dir))
	switch {
	case err != nil:
		return err
	case len(pkg.Package.Models) == 0 && pkg.Package.DefaultInstall == nil:
		return fail(0xe0000217, "The INF does not support this architecture.")
	case pkg.Package.Catalog == "" && !r.args.has("ForceUnsigned"):
		return fail(0x800f022f, "The third-party INF does not contain digital signature information.")
	case len(missing) > 0:
		return fail(errNotFound, "The system cannot find the file specified.")
	}
	for path, at := range found {
		pkg.Files = append(pkg.Files, driverstore.File{Path: path, Open: func() (io.ReadCloser, error) { return os.Open(filepath.Join(dir, filepath.FromSlash(at))) }})
	}
	slices.SortFunc(pkg.Files, func(a, b driverstore.File) int { return strings.Compare(a.Path, b.Path) })
	_, err = store.Import(r.ctx, pkg)
	return err
}

// target is what drivers must be for.
func (img *serviced) target(r *run) (inf.Target, error) {
	info, err := img.Info(r.ctx)
	if err != nil {
		return inf.Target{}, err
	}
	var t inf.Target
	if t.Arch, err = inf.ParseArch(info.Arch); err != nil {
		return t, err
	}
	var revision uint32
	_, err = fmt.Sscanf(info.Version, "%d.%d.%d.%d", &t.Major, &t.Minor, &t.Build, &revision)
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
			list := store.Packages()
			at := slices.IndexFunc(list, func(p driverstore.Package) bool { return !p.Inbox && strings.EqualFold(p.PublishedName, name) })
			if at < 0 {
				return fail(0x800f023c, "The specified path is not an installed OEM INF.")
			}
			if err := store.Remove(r.ctx, list[at]); err != nil {
				return err
			}
			r.out.line("Removing %d of %d - %s: The driver package was successfully removed.", i+1, len(names), name)
		}
		return nil
	})
}
