// Package packagefile looks into the files of Windows packages that resources
// name: .cab and .msu files, and folders with the files of one package.
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
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
)

// CheckPlace refuses a path, as the author wrote it, of a place where Microsoft
// advises against keeping packages.
func CheckPlace(attr, path string) error {
	if err := msu.CheckPlace(path); err != nil {
		return providers.Problemf(attr, "Bad place for a package", "%v.", err)
	}
	return nil
}

// Inspect tells which packages are in the file or folder that an attribute names.
// There is at least one.
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

// Fits tells why a package of an architecture and for some builds of Windows, in
// the file that an attribute names, is not for an image with the packages of the
// list. What the package or the image does not tell fits.
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

// runsOn tells whether an image of an architecture takes packages of one. Those of wow64
// are what a 64-bit Windows has for programs of 32 bits.
func runsOn(arch, has string) bool {
	return arch == has || arch == "neutral" || arch == "msil" || arch == "wow64" && (has == "amd64" || has == "arm64")
}

func join(numbers []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(numbers), "[]"), " ", " or ")
}
