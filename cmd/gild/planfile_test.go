package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
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

// TestPlanAndShow: the lines of a plan, and the saved plan as it is shown, are one document.
func TestPlanAndShow(t *testing.T) {
	planFile(t)
	if code, out := inside(t, "apply", "-auto-approve"); code != exitOK { // now it is known what it takes
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if err := os.Remove("kiosk.wim"); err != nil {
		t.Fatal(err)
	}
	code, lines := inside(t, "plan", "-explain", "-json", "-out=made.plan")
	if code != exitOK {
		t.Fatalf("exit code %d\n%s", code, lines)
	}
	code, shown := inside(t, "show", "-json", "made.plan")
	if code != exitOK {
		t.Fatalf("exit code %d\n%s", code, shown)
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(shown), &doc); err != nil {
		t.Fatal(err)
	}
	image := doc["images"].([]any)[0].(map[string]any)
	changes, order, steps := image["resource_changes"].([]any), image["order"].([]any), image["steps"].([]any)
	if len(changes) != 5 || len(order) != 4 || len(steps) != 5 || doc["expected"] == nil || image["cached"] != 5.0 {
		t.Fatalf("shown: %s", shown)
	}
	delete(image, "resource_changes")
	delete(image, "order")
	image["steps"] = float64(len(steps))
	same := func(what string, line, shown any) {
		if !reflect.DeepEqual(line, shown) {
			t.Errorf("%s: the line has %v, shown is %v", what, line, shown)
		}
	}
	for text := range strings.Lines(lines) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		switch line["type"] {
		case "planned_image":
			same("image", line["image"], image)
		case "planned_change":
			same("change", line["change"], changes[0])
			number := changes[0].(map[string]any)["steps"].([]any)[0].(float64)
			same("step", line["step"], steps[int(number)-1])
			changes = changes[1:]
		case "change_summary":
			same("changes", line["changes"], doc["changes"])
			same("holds", line["holds"], doc["holds"])
			same("empty", line["empty"], false)
		case "expected":
			for name, v := range doc["expected"].(map[string]any) {
				same(name, line[name], v)
			}
			delete(doc, "expected")
		case "order":
			edge := line["edge"].(map[string]any)
			same("image of the order", edge["image"], "kiosk")
			delete(edge, "image")
			same("order", edge, order[0])
			order = order[1:]
		}
	}
	if len(changes) > 0 || len(order) > 0 || doc["expected"] != nil {
		t.Errorf("lines are missing:\n%s", lines)
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
