package dismemu

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/internal/dismemu/cbs"
)

// addPackage adds packages in the order of the command line. What was added
// before one that fails stays.
func (r *run) addPackage() error {
	paths := r.args.all("PackagePath")
	if len(paths) == 0 {
		return missingOption("packagepath")
	}
	files, err := packageFiles(paths)
	if err != nil {
		return err
	}
	return r.service(func(img *serviced) error {
		var failed *failure
		for i, path := range files {
			if i > 0 {
				if err := r.midway(nil); err != nil {
					return err
				}
			}
			err := r.addOne(img, path, i+1, files)
			if err != nil && (!errors.As(err, &failed) || len(files) == 1) {
				return err
			}
			if failed != nil {
				failed = withErrors(failed, path)
				return errors.Join(failed, img.Commit(r.ctx, ""))
			}
		}
		return nil
	})
}

// withErrors is the failure of one of several packages.
func withErrors(f *failure, path string) *failure {
	lines := slices.Clone(f.lines)
	if strings.EqualFold(extension(path), ".msu") {
		lines = append(lines, mayHaveFailed(path)+"The command completed with errors.")
	} else {
		lines = append(lines, "The command completed with errors.")
	}
	return &failure{code: f.code, lines: append(lines, "For more information, refer to the log file.")}
}

// packageFiles resolves folders to the packages in them: those in the folder, and if
// there are any those in the folders below it.
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
		if ext := strings.ToLower(extension(name)); err == nil && !e.IsDir() && (ext == ".cab" || ext == ".msu") {
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

func extension(name string) string { return filepath.Ext(name) }

func (r *run) addOne(img *serviced, path string, n int, files []string) error {
	packages, err := cbs.ReadFile(path)
	title := path
	if err == nil && !strings.EqualFold(extension(path), ".msu") {
		title = packages[0].Identity.String()
	}
	r.out.line("Processing %d of %d - Adding package %s", n, len(files), title)
	if err != nil {
		r.log("Error", err.Error())
		return known(errInvalidPackage, path)
	}
	if err := r.checkpoint(packages, path, files); err != nil {
		return err
	}
	if r.args.has("PreventPending") {
		if len(img.records().Pending()) > 0 || packages[0].Restart == "required" {
			r.out.line("The package is skipped: online actions would be pending.")
			return nil
		}
	}
	for _, p := range packages {
		if !r.args.has("IgnoreCheck") {
			if err := img.applicable(p); err != nil {
				r.out.bar(33.2)
				return err
			}
		}
		if err := r.install(img, p); err != nil {
			return err
		}
	}
	r.out.progress()
	return nil
}

// firstCheckpoint is the build from which on cumulative updates can stand on others,
// the checkpoints, that DISM looks for beside them.
const firstCheckpoint = "26100"

// checkpoint refuses a cumulative update that is handed over beside a newer one for
// the same build: DISM is to be given the newest alone.
func (r *run) checkpoint(packages []*cbs.Manifest, path string, files []string) error {
	update := cumulative(packages)
	if update == nil || !strings.EqualFold(extension(path), ".msu") {
		return nil
	}
	for _, other := range files {
		if other == path || !strings.EqualFold(extension(other), ".msu") {
			continue
		}
		found, err := cbs.ReadFile(other)
		if err != nil {
			continue // its own turn comes
		}
		if newer := cumulative(found); newer != nil && newer.Identity.SameName(update.Identity) &&
			cbs.Compare(newer.Identity.Version(), update.Identity.Version()) > 0 {
			return known(errCheckpoint, "An error occurred trying to open - "+path+" Error: 0x80070228")
		}
	}
	return nil
}

// cumulative returns the cumulative update of a build that knows checkpoints.
func cumulative(packages []*cbs.Manifest) *cbs.Manifest {
	for _, p := range packages {
		if p.Cumulative() && cbs.Compare(p.Identity.Version(), firstCheckpoint) >= 0 {
			return p
		}
	}
	return nil
}
