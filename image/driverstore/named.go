package driverstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// Named lists the driver packages whose INF files had these names when they were added,
// in the order of [Packages]. It does not read the records of others, so it is fast in
// an image with many packages.
func Named(ctx context.Context, s image.Session, names ...string) ([]Package, error) {
	r, err := newReader(s)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, n := range names {
		wanted[nt.Fold(n)] = true
	}
	for _, db := range databases() {
		if err := r.named(ctx, db.hive, db.key, wanted); err != nil {
			return nil, fmt.Errorf("driver store: %w", err)
		}
	}
	slices.SortFunc(r.packages, comparePackages)
	return r.packages, nil
}

// named reads the packages of one hive with one of the names, folded.
func (r *reader) named(ctx context.Context, hive, key string, wanted map[string]bool) error {
	keys, err := r.Subkeys(key + `\DriverPackages`)
	if err != nil {
		return err
	}
	for _, name := range keys {
		if err := ctx.Err(); err != nil {
			return err
		}
		folded := nt.Fold(name)
		inf := infName(name)
		if !wanted[nt.Fold(inf)] || r.seen[folded] {
			continue
		}
		r.seen[folded] = true
		p := Package{Key: name, Hive: hive}
		// A package that came with Windows is published under its own name.
		if k, ok := r.Key(key + `\DriverInfFiles\` + inf); ok && slices.ContainsFunc(k.Texts(""), func(v string) bool { return nt.Equal(v, name) }) {
			p.PublishedName = inf
		}
		r.read(&p, key+`\DriverPackages\`+name)
		r.packages = append(r.packages, p)
	}
	return nil
}

// INFName is the name of the INF file in the package's folder, from the key.
func (p Package) INFName() string { return infName(p.Key) }

// infName returns a package's key without architecture and hash.
func infName(key string) string {
	for range 2 {
		if i := strings.LastIndexByte(key, '_'); i > 0 {
			key = key[:i]
		}
	}
	return key
}
