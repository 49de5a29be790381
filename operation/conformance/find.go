package conformance

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/durable"
)

// candidate is a WIM file that a machine may have.
type candidate struct {
	file, what string
	copied     bool // first copied, since its volume has no letter
}

// find returns an image that DISM can service: the one in the options, or one of this
// machine.
func (sv *serviced) find(ctx context.Context) (file, what string, err error) {
	if sv.Image != "" {
		return sv.Image, "the image of -image", nil
	}
	for _, c := range imagesHere(ctx) {
		switch f, err := wim.Open(c.file); {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			sv.note("%s can't be used: %v", c.what, err)
			continue
		default:
			if err := f.Close(); err != nil {
				return "", "", err
			}
		}
		if !c.copied {
			return c.file, c.what, nil
		}
		to := filepath.Join(sv.dir, "winre.wim")
		if err := durable.Copy(ctx, c.file, to); err != nil {
			return "", "", err
		}
		return to, c.what, nil
	}
	return "", "", skip("this machine has neither Windows RE (winre.wim) nor Windows PE of the ADK (winpe.wim); name a WIM file that DISM can service with -image")
}

// driverStore returns the folder of this machine's driver store; empty: it has none. Tests
// replace it.
var driverStore = driverStoreHere

// signedDrivers returns INF files of small packages with a catalog in the driver store of
// this machine.
func signedDrivers(arch string) ([]string, error) {
	const most, maxBytes = 3, 4 << 20
	store := driverStore()
	folders, err := os.ReadDir(store)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, skip("this machine has no driver store")
	}
	if err != nil {
		return nil, err
	}
	var infs []string
	for _, f := range folders {
		name, _, ok := strings.Cut(f.Name(), "_"+arch+"_")
		if !ok || len(infs) == most {
			continue
		}
		dir := filepath.Join(store, f.Name())
		catalogues, err := filepath.Glob(filepath.Join(dir, "*.cat"))
		if err != nil {
			return nil, err
		}
		inf := filepath.Join(dir, name)
		if _, err := os.Stat(inf); err == nil && len(catalogues) > 0 && size(dir) <= maxBytes {
			infs = append(infs, inf)
		}
	}
	if len(infs) == 0 {
		return nil, skip("the driver store of this machine has no small package with its own catalog for %s", arch)
	}
	return infs, nil
}

// size is the size of the files in a folder, in bytes.
func size(dir string) int64 {
	var n int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}
