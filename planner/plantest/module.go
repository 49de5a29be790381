package plantest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// Load loads the configuration in a folder. Environ sets its variables.
func Load(t testing.TB, dir string, environ ...string) (planner.Input, hcl.Diagnostics) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	in := planner.Input{Providers: Kinds(), Backends: []image.Backend{Backend{}}, Host: Host(dir), Version: "1.2.3"}
	var kinds dsl.Kinds
	for _, p := range in.Providers {
		kinds = append(kinds, dsl.Kind{Name: p.Kind, Doc: p.Doc, Schema: p.Schema})
	}
	var diags hcl.Diagnostics
	in.Config, diags = dsl.Load(dsl.Options{FS: root.FS(), Kinds: kinds, Variables: dsl.Variables{Environ: environ}})
	in.Config.Dir = dir
	if diags.HasErrors() {
		return in, diags
	}
	var more hcl.Diagnostics
	in.Config, more = planner.Expand(in.Config, in.Providers)
	return in, append(diags, more...)
}

// MustPlan makes the plan of the configuration in a folder.
func MustPlan(t testing.TB, dir string, environ ...string) *planner.Plan {
	t.Helper()
	in, diags := Load(t, dir, environ...)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	plan, diags := planner.Make(t.Context(), in)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return plan
}

// Write writes a file, and the folders above it.
func Write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// Host is a folder of payloads.
type Host string

// Fetch has nothing to do: all payloads are in the folder.
func (h Host) Fetch(context.Context, string) error { return nil }

// Path returns where a payload is.
func (h Host) Path(name string) string { return filepath.Join(string(h), name) }

// Recall finds nothing.
func (h Host) Recall(string) []byte { return nil }

// Note keeps nothing.
func (h Host) Note(string, []byte) {}

// Digest returns the digest of a payload.
func (h Host) Digest(_ context.Context, name string) (providers.Digest, error) {
	data, err := os.ReadFile(h.Path(name))
	return providers.Digest{SHA256: fmt.Sprintf("%x", sha256.Sum256(data)), Size: int64(len(data))}, err
}
