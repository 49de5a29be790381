package appx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gildhq/gild/ground/regular"
)

// Where a package says what it is, and how much of that is read.
const (
	packageManifest = "AppxManifest.xml"
	bundleManifest  = "AppxMetadata/AppxBundleManifest.xml"
	maxManifest     = 4 << 20
	maxPackages     = 10000
	maxCompressed   = 64 << 20 // of a package that is compressed within a bundle, which tools do not do
)

// readPackage reads what the app in a file is and needs.
func readPackage(file string) (packed, error) {
	f, err := regular.Open(file)
	if err != nil {
		return packed{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return packed{}, err
	}
	return readZip(f, info.Size())
}

func readZip(r io.ReaderAt, size int64) (packed, error) {
	z, err := zip.NewReader(r, size)
	if errors.Is(err, zip.ErrFormat) {
		return packed{}, errors.New("it is no ZIP file, or a part of it is missing at the end")
	}
	if err != nil {
		return packed{}, err
	}
	i := slices.IndexFunc(z.File, func(f *zip.File) bool {
		return is(f, packageManifest) || is(f, bundleManifest)
	})
	if i < 0 {
		return packed{}, fmt.Errorf("it holds neither %s nor %s", packageManifest, bundleManifest)
	}
	m, err := readManifest(z.File[i])
	if err != nil {
		return packed{}, err
	}
	p, err := m.packed()
	if err != nil {
		return packed{}, fmt.Errorf("%s: %w", nameOf(z.File[i]), err)
	}
	if p.bundle {
		p.demands, err = demandsInside(r, z, m)
	}
	return p, err
}

func nameOf(f *zip.File) string { return strings.ReplaceAll(f.Name, `\`, "/") }

func is(f *zip.File, name string) bool { return strings.EqualFold(nameOf(f), name) }

func readManifest(f *zip.File) (*manifest, error) {
	if f.UncompressedSize64 > maxManifest {
		return nil, fmt.Errorf("%s: it has %d bytes, more than any manifest (%d)", nameOf(f), f.UncompressedSize64, maxManifest)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nameOf(f), err)
	}
	m, err := parseManifest(io.LimitReader(r, maxManifest))
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", nameOf(f), err)
	}
	return m, nil
}

// demandsInside reads what the applications in a bundle need. What is not in the
// file, because the bundle is a flat one, is known by the bundle's manifest only.
func demandsInside(r io.ReaderAt, z *zip.Reader, m *manifest) ([]demand, error) {
	var all []demand
	for _, one := range m.applications() {
		i := slices.IndexFunc(z.File, func(f *zip.File) bool { return one.File != "" && is(f, strings.ReplaceAll(one.File, `\`, "/")) })
		if i < 0 {
			all = append(all, one.Needs.demands(architecture(one.Architecture))...)
			continue
		}
		inner, size, err := contentOf(r, z.File[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", one.File, err)
		}
		p, err := readZip(inner, size)
		if err == nil && p.bundle {
			err = errors.New("it is a bundle within a bundle")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", one.File, err)
		}
		all = append(all, p.demands...)
	}
	return all, nil
}

// contentOf gives access to what is packed in a ZIP file.
func contentOf(r io.ReaderAt, f *zip.File) (io.ReaderAt, int64, error) {
	if f.Method == zip.Store {
		at, err := f.DataOffset()
		return io.NewSectionReader(r, at, int64(f.CompressedSize64)), int64(f.CompressedSize64), err
	}
	if f.UncompressedSize64 > maxCompressed {
		return nil, 0, errors.New("it is compressed within the bundle, which packages in bundles are not")
	}
	c, err := f.Open()
	if err != nil {
		return nil, 0, err
	}
	data, err := io.ReadAll(io.LimitReader(c, maxCompressed))
	return bytes.NewReader(data), int64(len(data)), errors.Join(err, c.Close())
}
