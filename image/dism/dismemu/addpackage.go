package dismemu

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/image/dism/dismemu/cbs"
)

// addPackage adds packages in the order of the command line. If one fails it continues with
// the next one, and returns the error of the first.
func addPackage(r *run) error {
	paths := r.args.all("PackagePath")
	if len(paths) == 0 {
		return missingOption("packagepath")
	}
	files, err := packageFiles(paths)
	if err != nil {
		return err
	}
	return r.service(func(img *serviced) error {
		ps := &packages{run: r, img: img}
		var failed *failure
		for i, path := range files {
			if i > 0 {
				if err := r.midway(nil); err != nil {
					return err
				}
			}
			err := ps.add(path, i+1, files)
			var one *failure
			if err != nil && (!errors.As(err, &one) || len(files) == 1) {
				return err
			}
			if one != nil {
				failed = withErrors(r, failed, one, path)
			}
		}
		if failed == nil {
			return nil
		}
		failed.lines = append(failed.lines, "For more information, refer to the log file.")
		return errors.Join(failed, img.Commit(r.ctx, ""))
	})
}

// withErrors adds the failure of one more package to those before. Packages that do not
// apply are reported at the end, with only the last .msu file by name; other errors are
// printed at once.
func withErrors(r *run, before, f *failure, path string) *failure {
	all := &failure{code: f.code}
	if before != nil {
		all.code, all.lines = before.code, before.lines[:len(before.lines)-1]
	}
	end := "The command completed with errors."
	switch f.code {
	case errNotApplicable, errNewStack:
		if strings.EqualFold(filepath.Ext(path), ".msu") {
			end = mayHaveFailed(path) + end
		}
		all.lines = append(all.lines, f.lines...)
	default:
		r.out.line(" Error: %s", codeText(f.code))
		if before == nil {
			all.lines = append(all.lines, f.lines...)
		}
	}
	all.lines = append(all.lines, end)
	return all
}

// packageFiles replaces folders by their packages. Subfolders count only if the folder
// itself contains a package.
func packageFiles(paths []string) ([]string, error) {
	var files []string
	for _, p := range paths {
		st, err := os.Stat(p)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, cannotOpen(p)
		case err != nil:
			return nil, err
		case !st.IsDir() || exists(filepath.Join(p, "update.mum")):
			files = append(files, p)
			continue
		}
		below, err := folderPackages(p)
		if err != nil {
			return nil, err
		}
		if len(below) == 0 {
			return nil, cannotOpen(p)
		}
		files = append(files, below...)
	}
	return files, nil
}

func folderPackages(dir string) ([]string, error) {
	var files []string
	inRoot := false
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if ext := strings.ToLower(filepath.Ext(name)); err == nil && !e.IsDir() && (ext == ".cab" || ext == ".msu") {
			files = append(files, name)
			inRoot = inRoot || filepath.Dir(name) == filepath.Clean(dir)
		}
		return err
	})
	if !inRoot {
		return nil, err
	}
	return files, err
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func (ps *packages) add(path string, n int, files []string) error {
	found, err := cbs.ReadFile(path)
	title := path
	if err == nil && !strings.EqualFold(filepath.Ext(path), ".msu") {
		title = found[0].Identity.String()
	}
	if err != nil {
		ps.log("Error", err.Error())
		ps.out.line("Processing %d of %d - %s: %s", n, len(files), title, messageOf(errInvalidPackage))
		return known(errInvalidPackage, path)
	}
	ps.out.line("Processing %d of %d - Adding package %s", n, len(files), title)
	if err := ps.refuses(found, path, files, n); err != nil {
		if f := new(failure); errors.As(err, &f) && f.code != errNewStack {
			ps.out.line("%s: %s", cbs.Split(title).Name(), f.lines[0])
		}
		return err
	}
	for _, p := range found {
		if !ps.args.has("IgnoreCheck") {
			if err := ps.applicable(p); err != nil {
				if f := new(failure); errors.As(err, &f) && f.code != errNotApplicable && len(files) > 1 {
					ps.out.line("%s: %s", cbs.Split(title).Name(), f.lines[0])
					return err
				}
				ps.out.bar(33.2)
				return err
			}
		}
		if err := ps.install(p); err != nil {
			return err
		}
	}
	ps.out.progress()
	return nil
}

// refuses returns why a package is skipped. A servicing stack that this run added takes
// effect only in the next run.
func (ps *packages) refuses(found []*cbs.Manifest, path string, files []string, n int) error {
	if part, ok := ps.faults.kind("part"); ok && n == len(files) && n > 1 {
		return known(part.Code)
	}
	if cumulative := slices.ContainsFunc(found, (*cbs.Manifest).Cumulative); cumulative && ps.stacked {
		return known(errNewStack)
	}
	ps.stacked = ps.stacked || slices.ContainsFunc(found, (*cbs.Manifest).Stack)
	return refuseCheckpoint(found, path, files)
}

// firstCheckpoint is the first build whose cumulative updates can build on
// checkpoint cumulative updates, which DISM looks for in the same folder.
const firstCheckpoint = "26100"

// refuseCheckpoint refuses a cumulative update if the command line also has a newer one for
// the same build: DISM must get only the newest one.
func refuseCheckpoint(packages []*cbs.Manifest, path string, files []string) error {
	update := cumulative(packages)
	if update == nil || !strings.EqualFold(filepath.Ext(path), ".msu") {
		return nil
	}
	for _, other := range files {
		if other == path || !strings.EqualFold(filepath.Ext(other), ".msu") {
			continue
		}
		found, err := cbs.ReadFile(other)
		if err != nil {
			continue // reported when it is added
		}
		if newer := cumulative(found); newer != nil && newer.Identity.SameName(update.Identity) &&
			cbs.Compare(newer.Identity.Version(), update.Identity.Version()) > 0 {
			return known(errCheckpoint, "An error occurred trying to open - "+path+" Error: 0x80070228")
		}
	}
	return nil
}

// cumulative returns the cumulative update, if it is for a build with checkpoint cumulative
// updates.
func cumulative(packages []*cbs.Manifest) *cbs.Manifest {
	for _, p := range packages {
		if p.Cumulative() && cbs.Compare(p.Identity.Version(), firstCheckpoint) >= 0 {
			return p
		}
	}
	return nil
}
