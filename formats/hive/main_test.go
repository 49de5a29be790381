package hive

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"path"
	"slices"
	"sync"
	"testing"

	"github.com/gildhq/gild/internal/testenv"
)

// realHives are the hives of real systems in the shared collection that are
// whole. Some are dirty and have no logs.
func realHives() []string {
	return []string{"SYSTEM_WIN_10_1709", "SYSTEM", "SAM", "SECURITY", "BCD", "NTUSER.DAT", "amcache.hve"}
}

// unpacked keeps what was decompressed, which takes longer than all else.
var unpacked sync.Map

func realHive(t testing.TB, name string) []byte {
	t.Helper()
	if data, ok := unpacked.Load(name); ok {
		return bytes.Clone(data.([]byte))
	}
	data := testenv.ReadShared(t, "hives/regipy/"+name+".xz")
	unpacked.Store(name, data)
	return bytes.Clone(data)
}

// edgeCases returns the files of the collection of odd hives, by path.
func edgeCases(t testing.TB) map[string][]byte {
	t.Helper()
	r := tar.NewReader(bytes.NewReader(testenv.ReadShared(t, "hives/yarp/hives.tar.xz")))
	files := map[string][]byte{}
	for {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if head.Typeflag == tar.TypeReg {
			files[path.Clean(head.Name[len("hives/"):])] = data
		}
	}
}

func mustParse(t testing.TB, data []byte) *Hive {
	t.Helper()
	h, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func mustWrite(t testing.TB, h *Hive, o WriteOptions) []byte {
	t.Helper()
	data, err := h.Bytes(o)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// must returns v if there is no error.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// sameTree compares two keys with all that belongs to them.
func sameTree(t testing.TB, a, b *Key) {
	t.Helper()
	flags := ^FlagCompName // how the name is stored is the writer's affair
	if a.Name() != b.Name() || a.Flags()&flags != b.Flags()&flags || a.LastWritten() != b.LastWritten() ||
		a.access != b.access || a.control != b.control {
		t.Errorf("key %q differs: %q %#x %v %#x %#x, %q %#x %v %#x %#x", a.Path(),
			a.Name(), a.Flags(), a.LastWritten(), a.access, a.control,
			b.Name(), b.Flags(), b.LastWritten(), b.access, b.control)
	}
	if x, y := must(a.Class())(t), must(b.Class())(t); x != y {
		t.Errorf("class of %q differs: %q, %q", a.Path(), x, y)
	}
	if x, y := must(a.Security())(t), must(b.Security())(t); !bytes.Equal(x, y) {
		t.Errorf("security of %q differs: %x, %x", a.Path(), x, y)
	}
	sameValues(t, a, b)
	x, y := must(a.Subkeys())(t), must(b.Subkeys())(t)
	if len(x) != len(y) {
		t.Fatalf("key %q has %d subkeys, %d", a.Path(), len(x), len(y))
	}
	for i := range x {
		sameTree(t, x[i], y[i])
	}
}

func sameValues(t testing.TB, a, b *Key) {
	t.Helper()
	x, y := must(a.Values())(t), must(b.Values())(t)
	same := slices.EqualFunc(x, y, func(v, w Value) bool {
		return v.Name == w.Name && v.Type == w.Type && bytes.Equal(v.Data, w.Data) && v.Tombstone() == w.Tombstone()
	})
	if !same {
		t.Errorf("values of %q differ: %.500v, %.500v", a.Path(), x, y)
	}
}
