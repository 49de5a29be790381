package driverdb_test

import (
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism/dismemu/driverdb"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

// TestTwoReaders holds the emulation's reader and that of gild against each other on the
// hive of a real machine: neither uses the other.
func TestTwoReaders(t *testing.T) {
	s := regimage.Open(t, "", map[string][]byte{"Windows/System32/config/SYSTEM": testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz")})
	files, _ := image.As[image.Files](s)
	registry, _ := image.As[image.Registry](s)
	list, err := driverdb.List(files, registry)
	if err != nil {
		t.Fatal(err)
	}
	theirs, _, err := driverstore.Packages(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]driverstore.Package{}
	for _, p := range theirs {
		by[p.Key] = p
	}
	added := 0
	for _, d := range list {
		p, ok := by[d.Key]
		if !ok || p.PublishedName != d.PublishedName || p.Inbox != d.Inbox || p.Version != d.Version || !p.Date.Equal(d.Date) ||
			!strings.EqualFold(p.ClassGUID, d.ClassGUID) || p.Class != d.Class || p.Provider != d.Provider || p.OriginalName != d.OriginalName {
			t.Errorf("%+v\nand %+v", d, p)
		}
		if !d.Inbox {
			added++
		}
	}
	if len(list) < 200 || added < 3 {
		t.Errorf("%d packages, %d of them added", len(list), added)
	}
}
