package planner_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
)

const secretSettings = `
  setting "plain" {
    name  = "Ünïcode name"
    value = "<&\"x\" \\ >"
    tags  = ["b", "a"]
  }
  setting "secret" {
    name   = "login"
    value  = "user"
    secret = var.password
  }
`

var ctyEqual = cmp.Comparer(func(a, b cty.Value) bool { return a.RawEquals(b) })

func saved(t *testing.T, p *planner.Plan) (path string, data []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "kiosk.plan")
	if err := p.Save(path, nil); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, data
}

func TestSaveAndLoad(t *testing.T) {
	dir := module(t, secretSettings)
	p := plantest.MustPlan(t, dir)
	path, data := saved(t, p)
	if bytes.Contains(data, []byte("Pa55")) {
		t.Error("the sensitive value is in the plan file")
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
	got, err := planner.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Sealed() || !got.Sealed() {
		t.Errorf("sealed: %v before, %v after; want false, true", p.Sealed(), got.Sealed())
	}
	in, _ := plantest.Load(t, dir)
	if diags := got.Reveal(t.Context(), in); diags.HasErrors() {
		t.Fatal(diags)
	}
	if got.Sealed() {
		t.Error("still sealed after Reveal")
	}
	if diff := cmp.Diff(p, got, ctyEqual, cmp.AllowUnexported(planner.Item{})); diff != "" {
		t.Errorf("-made +loaded:\n%s", diff)
	}
}

func TestRevealRefusesOtherValues(t *testing.T) {
	dir := module(t, secretSettings)
	path, _ := saved(t, plantest.MustPlan(t, dir))
	load := func() *planner.Plan {
		p, err := planner.Load(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	in, _ := plantest.Load(t, dir, "GILD_VAR_password=other")
	if diags := load().Reveal(t.Context(), in); !diags.HasErrors() || !strings.Contains(diags[0].Detail, `"secret"`) {
		t.Errorf("with another value: got %v", diags)
	}
	declare(t, dir, setting("a", "a", "1"))
	in, _ = plantest.Load(t, dir)
	if diags := load().Reveal(t.Context(), in); !diags.HasErrors() {
		t.Error("with the resource gone: no error")
	}
	in.Config.Images = nil
	if diags := load().Reveal(t.Context(), in); !diags.HasErrors() {
		t.Error("with the image gone: no error")
	}
}

func TestLoadRefuses(t *testing.T) {
	_, data := saved(t, plantest.MustPlan(t, module(t, secretSettings)))
	replace := func(old, new string) []byte {
		changed := bytes.Replace(data, []byte(old), []byte(new), 1)
		if bytes.Equal(changed, data) {
			t.Fatalf("the plan file does not hold %s", old)
		}
		return changed
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"edited value", replace("login", "logon"), "has been changed"},
		{"edited output", replace("kiosk.wim", "other.wim"), "has been changed"},
		{"edited digest", replace(`"digest":"`, `"digest":"0`), "has been changed"},
		{"other version", replace(`"format_version":"2"`, `"format_version":"9"`), `format_version is "9"`},
		{"cut off", data[:len(data)-2], "unexpected end"},
		{"empty", nil, "unexpected end"},
		{"no plan", []byte(`{"format_version":"2"}`), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "p")
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := planner.Load(path, nil)
			if !errors.Is(err, planner.ErrPlanFile) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, %v", p, err)
			}
		})
	}
	if _, err := planner.Load(filepath.Join(t.TempDir(), "nowhere"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
}

// TestKey: a plan that was changed and digested again is not taken, and an ID does not tell
// a sensitive value to who tries all there are; what goes into the output does not depend
// on the key.
func TestKey(t *testing.T) {
	dir := module(t, secretSettings)
	p := plantest.MustPlan(t, dir)
	path := filepath.Join(t.TempDir(), "plan")
	if err := p.Save(path, []byte("key")); err != nil {
		t.Fatal(err)
	}
	if _, err := planner.Load(path, []byte("key")); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"other", ""} {
		if err := p.Save(path, []byte(key)); err != nil {
			t.Fatal(err)
		}
		if _, err := planner.Load(path, []byte("key")); !errors.Is(err, planner.ErrPlanFile) {
			t.Errorf("with the key %q: %v", key, err)
		}
	}
	with := func(key, password string) *planner.Image {
		in, _ := plantest.Load(t, dir, "GILD_VAR_password="+password)
		in.Key = []byte(key)
		p, diags := planner.Make(t.Context(), in)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		return p.Images[0]
	}
	ids := func(img *planner.Image) string { return strings.Join(img.Chain(), " ") }
	a, b, c := with("one", "Pa55-1"), with("one", "Pa55-2"), with("two", "Pa55-1")
	if ids(a) == ids(b) || ids(a) == ids(c) || ids(a) != ids(with("one", "Pa55-1")) {
		t.Error("IDs do not tell values apart, or tell them without the key")
	}
	receipt := func(img *planner.Image) string { return string(img.Receipt("test").Encode()) }
	if receipt(a) != receipt(b) || receipt(a) != receipt(c) {
		t.Error("the receipt depends on the key or on the sensitive value")
	}
}
