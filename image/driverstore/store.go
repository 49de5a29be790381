package driverstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// ErrUnsuited is the error for packages that can't be imported into this image offline.
// The running Windows may accept them.
var ErrUnsuited = errors.New("can't be imported offline")

// Store is the driver store of an image that is open for writing. [Open] reads it once;
// while it is in use nothing else may change the image's driver store. It is for one
// goroutine.
type Store struct{ installed }

// installed are the packages in the store, and what of the image belongs to them.
type installed struct {
	windows
	packages []Package
}

// windows is the Windows in the image: its files, its registry, and what imports need to
// know of them.
type windows struct {
	files    image.Files
	registry image.Registry
	records  *reader
	target   inf.Target
	state    *state
}

// Open reads the driver store of an image.
func Open(ctx context.Context, s image.Session) (*Store, error) {
	r, err := read(ctx, s, true)
	if err != nil {
		return nil, err
	}
	registry, _ := image.As[image.Registry](s) // without it, the store could not be read
	info, err := s.Info(ctx)
	if err != nil {
		return nil, err
	}
	store := &Store{installed{windows{files: r.files, registry: registry, records: r, target: Target(info)}, r.packages}}
	if store.state, err = store.load(ctx); err != nil {
		return nil, fmt.Errorf("driver store: %w", err)
	}
	return store, nil
}

// Packages lists the packages in the store, in the order of the function [Packages],
// but without the hardware IDs of those that came with Windows. The slice belongs to
// the caller.
func (s *Store) Packages() []Package { return slices.Clone(s.packages) }

// Import is a driver package to import.
type Import struct {
	Name    string       // of the INF file: netkvm.inf
	INF     []byte       // its content
	File    *inf.File    // the same, parsed
	Package *inf.Package // resolved for the image's architecture and build
	// Files are the other files of the package, including its catalogue.
	Files []File
	// Signer is the name in the certificate that signed the catalogue; empty for an
	// unsigned package.
	Signer string
	// Origin is the folder from which it was added, as Windows records it:
	// C:\drivers\net; may be empty.
	Origin string
}

// File is a file of a package.
type File struct {
	Path string // below the folder of the INF, with slashes: amd64/netkvm.sys
	Open func() (io.ReadCloser, error)
}

// find returns the index of a package by its key, or -1.
func (d *installed) find(key string) int {
	return slices.IndexFunc(d.packages, func(p Package) bool { return nt.Equal(p.Key, key) })
}

// Suits reports whether a package that is not in the store can be imported into this
// image offline, with a result that is known to be what Windows itself writes, and if
// not, why: then the running Windows has to add it at the first boot. It ignores the
// packages in gone, which will be removed first. It reads the content only of files
// that the image already has outside the store.
func (s *Store) Suits(pkg Import, gone ...Package) (ok bool, why string) {
	_, why = s.plan(pkg, gone)
	return why == "", why
}
