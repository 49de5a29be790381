package layers

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/crash"
)

// The test program is its own victim: started with this variable set, it seals two
// layers in the store that the variable names.
const victim = "GILD_LAYERS_VICTIM"

func TestMain(m *testing.M) {
	dir := os.Getenv(victim)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := sealAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// sealed are the contents of the layers, by name.
var sealed = map[string][]string{
	"one": {"first", "of both", strings.Repeat("long ", 3000), ""},
	"two": {"second", "of both"},
}

func sealAll(dir string) error {
	s, err := Open(filepath.Join(dir, "store"))
	if err != nil {
		return err
	}
	// An earlier run that was killed left a content that it had not flushed.
	left := sealed["two"][0]
	if err := os.WriteFile(filepath.Join(dir, "store", blobPath(sha256.Sum256([]byte(left)))), []byte(left), 0o666); err != nil {
		return err
	}
	parent := ""
	for _, id := range []string{"one", "two"} {
		l := &Layer{ID: id, Parent: parent, Base: "base"}
		for i, text := range sealed[id] {
			c, err := s.Stage(strings.NewReader(text))
			if err != nil {
				return err
			}
			l.Entries = append(l.Entries, Entry{Path: fmt.Sprint("file ", i), Kind: File, Content: c})
		}
		if err := s.Seal(l); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, id), nil, 0o666); err != nil { // so that the log shows when Seal returned
			return err
		}
		parent = id
	}
	return s.Close()
}

// TestSealSurvivesLossOfPower: whenever the power fails, and whatever unflushed data is
// lost, a layer is whole or does not exist; and once Seal has returned, it exists.
func TestSealSurvivesLossOfPower(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victim+"="+dir)
	cmd.Stderr = os.Stderr
	log, r, err := crash.Record(cmd, dir)
	if err != nil || r.Exit != 0 {
		t.Fatal(r, err)
	}
	var met [3]int // how often there were 0, 1 and 2 layers
	for n := range log.Len() + 1 {
		returned := 0 // calls of Seal that returned: each is followed by a file
		if err := log.After(n, crash.Content, 0).Put(dir); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"one", "two"} {
			if _, err := os.Lstat(filepath.Join(dir, id)); err == nil {
				returned++
			}
		}
		for _, loss := range crash.Losses {
			seeds := uint64(1)
			if loss.Drawn() {
				seeds = 4
			}
			for seed := range seeds {
				if err := log.After(n, loss, seed).Put(dir); err != nil {
					t.Fatal(err)
				}
				there := whole(t, filepath.Join(dir, "store"))
				met[there]++
				if there < returned {
					t.Fatalf("%s after %d of %d operations: %d layers, and %d were sealed", loss, n, log.Len(), there, returned)
				}
			}
		}
	}
	if met[0] == 0 || met[1] == 0 || met[2] == 0 {
		t.Errorf("met %v", met)
	}
}

// whole counts the layers of a store, from the first on, and reads everything in them.
func whole(t *testing.T, dir string) int {
	if _, err := os.Stat(dir); err != nil {
		return 0
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stack, steps, skipped := s.Find("base", []string{"one", "two"})
	if len(skipped) > 0 {
		t.Errorf("in part: %v", skipped)
	}
	for _, l := range stack {
		for i, e := range l.Entries {
			r, err := s.OpenContent(e.Content)
			if err != nil {
				t.Fatal(err)
			}
			if data, err := io.ReadAll(r); err != nil || string(data) != sealed[l.ID][i] {
				t.Errorf("%s, %s: %.20q, %v", l.ID, e.Path, data, err)
			}
			r.Close()
		}
	}
	return steps
}
