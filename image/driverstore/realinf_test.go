package driverstore

import (
	"slices"
	"testing"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/internal/testenv"
)

// TestRealINF records INF files of Windows itself and compares the records with those
// of the real SYSTEM: these INF files are not generated from the records. Two of them
// are those of the hive, as their digests show. The others are of an earlier Windows,
// and differ only in their versions.
func TestRealINF(t *testing.T) {
	s := realStore(t)
	for name, same := range map[string]bool{"3ware.inf": true, "amdsbs.inf": true, "acpipagr.inf": false, "acpipmi.inf": false, "acpitime.inf": false, "battery.inf": false} {
		data := testenv.ReadShared(t, "inf-inbox/"+name)
		f, err := inf.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(s.packages, func(p Package) bool { return p.OriginalName == name })
		if i < 0 || (s.packages[i].Key == FolderName(name, inf.AMD64, data)) != same {
			t.Fatalf("%s: the hive has it at %d, and was not made of it", name, i)
		}
		d := &decompiler{Store: s, Package: s.packages[i], key: systemDatabase + `\DriverPackages\` + s.packages[i].Key}
		pkg := Import{Name: name, INF: data, File: f, Package: f.Resolve(inf.Target{Arch: inf.AMD64, Major: 10, Build: 16299})}
		if why := unsuitedInstalls(pkg); why != "" {
			t.Errorf("%s: %s", name, why)
		}
		r := &recorder{pkg: pkg, published: name, name: d.Key, database: systemDatabase, reflected: true}
		if err := r.record(); err != nil {
			t.Fatal(err)
		}
		want, got := d.values(), recordedOf(r.entries)
		for _, prefix := range []string{d.key + `\configurations`, d.key + `\descriptors`, d.key + `\strings`, systemDatabase + `\DeviceIds`, systemDatabase + `\DriverInfFiles`} {
			if len(want.below(prefix)) == 0 || !got.equal(want, prefix) {
				t.Errorf("%s: %s", name, got.first(want, prefix))
			}
		}
	}
}
