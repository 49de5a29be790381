package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/internal/sample"
)

// manyKinds is a configuration whose plan has something of all that a plan can have.
const manyKinds = `
variable "pin" {
  type      = string
  default   = "4711"
  sensitive = true
}

image "kiosk" {
  source = "base.wim"
  output = "kiosk.wim"

  checkpoint {
    steps = 1
  }
  registry "pin" {
    key   = "HKLM/SOFTWARE/Contoso"
    name  = "Pin"
    value = var.pin
  }
  file "note" {
    path    = "Windows/note.txt"
    content = "x"
  }
  feature "telnet" {
    name = "TelnetClient"
  }
  script "agent" {
    name    = "agent"
    command = ["echo agent"]
  }
  environment "room" {
    name  = "ROOM"
    value = "12"
  }
}
`

// planFile plans manyKinds in a new folder, which becomes the current one, and returns
// what the plan file holds.
func planFile(t testing.TB) (file map[string]json.RawMessage) {
	t.Chdir(t.TempDir())
	if err := sample.Write(t.Context(), "base.wim", sample.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("a.gild.hcl", []byte(manyKinds), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := inside(t, "plan", "-out=made.plan"); code != exitOK {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	data, err := os.ReadFile("made.plan")
	if err == nil {
		err = json.Unmarshal(data, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// inside runs gild in this process.
func inside(t testing.TB, args ...string) (int, string) {
	var out bytes.Buffer
	code := run(t.Context(), args, system{
		streams: view.Streams{In: bytes.NewReader(nil), Out: &out, Err: &out},
		getenv: func(name string) string {
			return map[string]string{"GILD_DISM": "none"}[name]
		},
		environ: func() []string { return nil },
	})
	return code, out.String()
}

// showPlanFile shows a plan file with another plan. That it does not panic is all that is
// asked for.
func showPlanFile(t testing.TB, file map[string]json.RawMessage, plan []byte, args ...string) {
	data, err := digested(file, plan)
	if err != nil {
		return // no JSON
	}
	if err := os.WriteFile("changed.plan", data, 0o600); err != nil {
		t.Fatal(err)
	}
	args = append(append([]string{"show"}, args...), "changed.plan")
	if code, out := inside(t, args...); code != exitOK && code != exitError {
		t.Fatalf("exit code %d\n%s\n%s", code, out, plan)
	}
}

// FuzzPlanFile shows plan files of any content whose digest is right.
func FuzzPlanFile(f *testing.F) {
	file := planFile(f)
	f.Add([]byte(file["plan"]))
	f.Add([]byte(`{"images":[null]}`))
	f.Fuzz(func(t *testing.T, plan []byte) {
		showPlanFile(t, file, plan)
		showPlanFile(t, file, plan, "-json")
	})
}

// TestPlanFilePanicsNowhere puts other values in each place of a plan, and leaves each out.
func TestPlanFilePanicsNowhere(t *testing.T) {
	file := planFile(t)
	var plan any
	if err := json.Unmarshal(file["plan"], &plan); err != nil {
		t.Fatal(err)
	}
	n := 0
	change(plan, func(v any) {
		plan = v
	}, func() {
		n++
		data, err := json.Marshal(plan)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if r := recover(); r != nil {
				t.Errorf("%v\n%s", r, data)
			}
		}()
		showPlanFile(t, file, data)
	})
	if n < 300 {
		t.Errorf("there were %d changes only", n)
	}
}

// change calls try with each value below v, and v itself, replaced by others.
func change(v any, set func(any), try func()) {
	others := []any{nil, -1, []any{nil}, map[string]any{}}
	for _, other := range others {
		if fmt.Sprintf("%T", other) != fmt.Sprintf("%T", v) || fmt.Sprint(other) != fmt.Sprint(v) {
			set(other)
			try()
		}
	}
	set(v)
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			inner := v[name]
			delete(v, name)
			try()
			v[name] = inner
			change(inner, func(other any) { v[name] = other }, try)
		}
	case []any:
		for i, inner := range v {
			change(inner, func(other any) { v[i] = other }, try)
		}
	}
}
