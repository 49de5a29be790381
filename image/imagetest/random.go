package imagetest

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
)

// model is what an image should hold: content by name, folders with a slash.
type model map[string]string

// testRandom makes random changes, checkpoints and reopenings, and compares the image
// with a simple model.
func testRandom(t *testing.T, f Fixture) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := f.open(t)
			w := walkRandom{f: f, rand: rand.New(rand.NewPCG(seed, 1)), s: s, now: modelOf(t, s)}
			w.kept = maps.Clone(w.now)
			for range 100 {
				w.step(t)
			}
			w.reopen(t)
			w.s.close(t)
		})
	}
}

type walkRandom struct {
	f     Fixture
	rand  *rand.Rand
	s     opened
	now   model
	kept  model    // the model at the last checkpoint
	chain []string // checkpoints
}

func modelOf(t *testing.T, s opened) model {
	t.Helper()
	m := model{}
	err := fs.WalkDir(s.files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			m[name+"/"] = ""
		} else if err == nil {
			m[name] = s.content(t, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (w *walkRandom) step(t *testing.T) {
	t.Helper()
	switch w.rand.IntN(12) {
	case 0, 1, 2, 3, 4:
		w.write(t)
	case 5, 6, 7:
		w.mkdir(t)
	case 8, 9:
		w.remove(t)
	case 10:
		id := fmt.Sprintf("step%d-%d", w.rand.Uint32(), len(w.chain))
		w.s.commit(t, id)
		w.chain, w.kept = append(w.chain, id), maps.Clone(w.now)
	case 11:
		w.reopen(t)
	}
}

// reopen discards uncommitted changes, unless they were made in place.
func (w *walkRandom) reopen(t *testing.T) {
	t.Helper()
	w.s.close(t)
	w.s = w.f.open(t, w.chain...)
	if !w.f.InPlace {
		w.now = maps.Clone(w.kept)
	}
	compare(t, "opened again", modelOf(t, w.s), w.now)
}

// name makes a name in one of the existing folders, in any spelling.
func (w *walkRandom) name() (dir, base string) {
	var dirs []string
	for _, name := range slices.Sorted(maps.Keys(w.now)) {
		if d, ok := strings.CutSuffix(name, "/"); ok {
			dirs = append(dirs, d)
		}
	}
	return dirs[w.rand.IntN(len(dirs))], []string{"ra", "RA", "rb", "Rb", "rc", "r d", "rÄ", "rä"}[w.rand.IntN(8)]
}

// spelled returns the model's spelling of a name; "" if the model does not have it.
func (w *walkRandom) spelled(name string) (found string, folder bool) {
	for have := range w.now {
		if bare := strings.TrimSuffix(have, "/"); strings.EqualFold(bare, name) {
			return bare, bare != have
		}
	}
	return "", false
}

func (w *walkRandom) write(t *testing.T) {
	t.Helper()
	dir, base := w.name()
	name := path.Join(dir, base)
	content := strings.Repeat(base, w.rand.IntN(1000))
	err := w.s.files.WriteFile(name, strings.NewReader(content), image.Meta{})
	old, folder := w.spelled(name)
	switch {
	case folder:
		if err == nil {
			t.Errorf("folder %s was replaced by a file", name)
		}
		return
	case err != nil:
		t.Fatal(err)
	case old == "":
		old = name
	}
	w.now[old] = content
}

func (w *walkRandom) mkdir(t *testing.T) {
	t.Helper()
	dir, base := w.name()
	name := path.Join(dir, base)
	old, folder := w.spelled(name)
	if err := w.s.files.MkdirAll(name, image.Meta{}); (err == nil) != (old == "" || folder) {
		t.Fatalf("mkdir %s where %q is: %v", name, old, err)
	}
	if old == "" {
		w.now[name+"/"] = ""
	}
}

func (w *walkRandom) remove(t *testing.T) {
	t.Helper()
	dir, base := w.name()
	old, _ := w.spelled(path.Join(dir, base))
	if old == "" || old == "." {
		return
	}
	if err := w.s.files.Remove(strings.ToUpper(old)); err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(w.now, func(name, _ string) bool { return name == old || strings.HasPrefix(name, old+"/") })
}
