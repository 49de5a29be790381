package driverstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// Named lists the driver packages whose INF files had these names when they were
// added, in the order of [Packages]. The records of others are not read, so it
// costs little in an image with many.
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

// named reads those of one hive's packages that have one of the names, folded.
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
		inf := infName(folded)
		if !wanted[inf] || r.seen[folded] {
			continue
		}
		r.seen[folded] = true
		p := Package{Key: name, Hive: hive}
		// What came with Windows is published under its own name.
		if k, ok := r.Key(key + `\DriverInfFiles\` + inf); ok && slices.ContainsFunc(k.Texts(""), func(v string) bool { return nt.Equal(v, name) }) {
			p.PublishedName = name[:len(inf)]
		}
		r.read(&p, key+`\DriverPackages\`+name)
		r.packages = append(r.packages, p)
	}
	return nil
}

// infName returns the name of the INF file that a package's key begins with:
// FTDIBUS.INF of FTDIBUS.INF_AMD64_0123456789ABCDEF, folded.
func infName(key string) string {
	name, _, _ := strings.Cut(key, ".INF_")
	return key[:min(len(name)+len(".INF"), len(key))]
}
