// Package packagefile reads what the kinds for packages have to know of a package's files: .cab and
// .msu files, folders with the expanded files of one package, and folders with the cabinets of
// features on demand ([Repository]). It checks whether a package fits the image ([Fits],
// [CheckParents]), and brings its files to where DISM reads them: a [HostStage] now, [Staged] at
// the first boot.
//
// The file formats themselves are in formats/msu, formats/cab and formats/servicing.
package packagefile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
)

// CheckPlace refuses the path of a folder in which Microsoft advises against keeping packages.
func CheckPlace(attr, path string) error {
	if err := msu.CheckPlace(path); err != nil && !address.Is(path) {
		return providers.Problemf(attr, "Unsuitable folder for a package", "%v.", err)
	}
	return nil
}

// Inspect returns the packages in the file or folder that an attribute names: at least one.
func Inspect(host providers.Host, attr, name string) ([]*msu.Package, error) {
	path := host.Path(name)
	if full, err := filepath.Abs(path); err == nil {
		if err := CheckPlace(attr, full); err != nil {
			return nil, err
		}
	}
	packages, err := msu.Inspect(path)
	var refused *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, providers.Problemf(attr, "Package not found", "There is no file or folder %q (%s).", name, path)
	case errors.As(err, &refused):
		return nil, err
	case err != nil:
		return nil, providers.Problemf(attr, "Not a usable package", "%v.", err)
	}
	return packages, nil
}

// Fits returns a problem if a package for an architecture and some builds of Windows, in the file
// that an attribute names, does not fit an image with the listed packages. What the package or the
// image does not say counts as fitting.
func Fits(ctx context.Context, s image.Session, list []servicing.Package, attr, name, arch string, builds []int) error {
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	if has := strings.ToLower(cmp.Or(info.Arch, servicing.Architecture(list))); has != "" && !runsOn(arch, has) {
		return providers.Problemf(attr, "Package for another architecture", "%s is for %s, and the image is one for %s. Name the file for %s.", name, arch, has, has)
	}
	has := servicing.Builds(list, info.Version)
	if len(builds) > 0 && len(has) > 0 && !slices.ContainsFunc(builds, func(b int) bool { return slices.Contains(has, b) }) {
		return providers.Problemf(attr, "Package for another build of Windows", "%s is for build %s, and the image holds build %s. Name the file for that version of Windows.", name, join(builds), join(has))
	}
	return nil
}

// runsOn reports whether an image of one architecture accepts packages of the other. Packages for
// wow64 are for 32-bit programs in 64-bit Windows.
func runsOn(arch, has string) bool {
	return arch == has || arch == "neutral" || arch == "msil" || arch == "wow64" && (has == "amd64" || has == "arm64")
}

// BuildDetail are the builds of Windows that a package is for.
func BuildDetail(builds []int) providers.Detail {
	d := providers.Detail{Name: "build"}
	for _, b := range builds {
		d.Values = append(d.Values, fmt.Sprint(b))
	}
	return d
}

func join(numbers []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(numbers), "[]"), " ", " or ")
}
