package driverstore_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

// realImage has the SYSTEM of a real Windows 10, and what there is not of one made up.
func realImage(t testing.TB) image.Session {
	t.Helper()
	files := regimage.Hives(t, "[HKLM\\DRIVERS\\DriverDatabase\\DriverPackages]\n\n[HKLM\\DRIVERS\\DriverDatabase\\DriverInfFiles]\n\n[HKLM\\DRIVERS\\DriverDatabase\\DeviceIds]\n\n"+
		`[HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\PnpLockdownFiles]`+"\n\n")
	for name, data := range folders() {
		files[name] = data
	}
	files[systemFile] = testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz")
	return writable(t, files)
}

// corpus parses all INF files of the collection that are driver packages for the
// target of the tests, with a catalogue given to those that name none.
func corpus(t testing.TB) map[string]driverstore.Import {
	t.Helper()
	root := testenv.Shared(t, "drivers")
	all := map[string]driverstore.Import{}
	dir := os.DirFS(root)
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if ext := strings.ToLower(path.Ext(name)); err != nil || d.IsDir() || ext != ".inf" && ext != ".inx" {
			return err
		}
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		if !bytes.ContainsRune(data, 0) {
			data = []byte(completed(string(data)))
		}
		f, err := inf.Parse(data)
		if err != nil {
			return nil
		}
		base := strings.TrimSuffix(path.Base(name), path.Ext(name)) + ".inf"
		if p := f.Resolve(inf.Target{Arch: inf.AMD64, Major: 10, Build: 22631}); len(p.Models) > 0 {
			all[name] = parsed(t, base, data, nil)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var _ = fmt.Sprint
var _ = slices.Sort[[]int]

func TestCorpusDump(t *testing.T) {
	s := realImage(t)
	store := open(t, s)
	n, ok := 0, 0
	for name, pkg := range corpus(t) {
		n++
		if yes, why := store.Suits(pkg); !yes {
			t.Log(name, why)
			continue
		}
		if _, err := store.Import(t.Context(), pkg); err != nil {
			t.Log("IMPORT", name, err)
			continue
		}
		ok++
	}
	t.Log(n, ok)
}
