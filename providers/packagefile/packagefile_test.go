package packagefile_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/cab/cabtest"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
	"github.com/gildhq/gild/providers/providertest"
)

// TestStageRealUpdate stages a real update: what is copied is the cabinet in it,
// as its size and digest say.
func TestStageRealUpdate(t *testing.T) {
	const name = "u/Windows8.1-KB2999226-x86.msu"
	host := providertest.NewHost(t, map[string]string{name: string(testenv.ReadShared(t, "msu/Windows8.1-KB2999226-x86.msu"))})
	sum, err := packagefile.Digest(t.Context(), host, "source", name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := packagefile.Stage(t.Context(), host, "source", name, sum)
	if err != nil || len(s.Payload.Files) != 1 || len(s.Add) != 1 || s.Add[0] != "Windows8.1-KB2999226-x86.cab" {
		t.Fatalf("%+v, %v", s, err)
	}
	f := s.Payload.Files[0]
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil || int64(len(data)) != f.Size || fmt.Sprintf("%x", sha256.Sum256(data)) != f.SHA256 || string(data[:4]) != "MSCF" {
		t.Errorf("%d bytes of %d, %v", len(data), f.Size, err)
	}
}

// TestFolderNames refuses at the plan what the first boot can't have.
func TestFolderNames(t *testing.T) {
	for name, says := range map[string]string{
		"a%b.dll": "rename the file", "ü.dll": "ASCII", strings.Repeat("d", 100) + "/" + strings.Repeat("e", 100): "more than 180",
	} {
		host := providertest.NewHost(t, map[string]string{"f/update.mum": "a", "f/" + name: "b"})
		_, err := packagefile.Digest(t.Context(), host, "source", "f")
		var p *providers.Problem
		if !errors.As(err, &p) || p.Attr != "source" || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDigests sees every change of a folder, and what changed since.
func TestDigests(t *testing.T) {
	host := providertest.NewHost(t, map[string]string{"f/update.mum": "a", "f/x/y.dll": "b"})
	digest := func() string {
		sum, err := packagefile.Digest(t.Context(), host, "source", "f")
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	first := digest()
	host.Put(t, "f/x/y.dll", "c")
	second := digest()
	host.Put(t, "f/x/z.dll", "c")
	if third := digest(); first == second || second == third {
		t.Errorf("digests %s, %s, %s", first, second, third)
	}
	if _, err := packagefile.Stage(t.Context(), host, "source", "f", first); err == nil || !strings.Contains(err.Error(), "plan again") {
		t.Errorf("a folder that was changed: %v", err)
	}
	s, err := packagefile.Stage(t.Context(), host, "source", "f", digest())
	if err != nil || len(s.Payload.Files) != 3 || len(s.Add) != 1 || s.Add[0] != "" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestInspect(t *testing.T) {
	host := providertest.NewHost(t, map[string]string{"a/spanned.cab": string(cabtest.Spanned()), "Dropbox/x.cab": ""})
	for name, says := range map[string]string{"a/none.cab": "There is no file", "a/spanned.cab": "of a set", "Dropbox/x.cab": "synchronised", filepath.VolumeName(host.Dir) + "/x.cab": "partition"} {
		_, err := packagefile.Inspect(host, "attr", name)
		var problem *providers.Problem
		if !errors.As(err, &problem) || problem.Attr != "attr" || !strings.Contains(problem.Detail, says) {
			t.Errorf("%s: %v, want %q", name, err, says)
		}
	}
}
