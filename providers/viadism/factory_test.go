package viadism_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/operation/host"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers/all"
)

// factory is the example with a resource of every kind.
type factory struct {
	*testing.T
	dir     string
	machine *dismemu.Machine
	lines   []string
	events  []record.Event
}

func newFactory(t *testing.T) *factory {
	t.Helper()
	dir := t.TempDir()
	f := &factory{T: t, dir: filepath.Join(dir, "module"), machine: &dismemu.Machine{State: filepath.Join(dir, "state")}}
	if err := os.CopyFS(f.dir, os.DirFS("../../examples/factory")); err != nil {
		t.Fatal(err)
	}
	if err := sample.Factory(t.Context(), f.dir); err != nil {
		t.Fatal(err)
	}
	t.Chdir(f.dir)
	return f
}

// replace changes the configuration.
func (f *factory) replace(file, old, new string) {
	f.Helper()
	data, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), old) {
		f.Fatalf("%s: %v", file, err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(data), old, new, 1)), 0o666); err != nil {
		f.Fatal(err)
	}
}

// plan plans with a backend, and outputs in a folder called after it.
func (f *factory) plan(backend string) (*planner.Plan, executor.Options) {
	f.Helper()
	kinds := make(dsl.Kinds, 0)
	for _, p := range all.All() {
		kinds = append(kinds, dsl.Kind{Name: p.Kind, Doc: p.Doc, Singleton: p.Singleton, Schema: p.Schema})
	}
	config, diags := dsl.Load(dsl.Options{FS: os.DirFS("."), Dir: ".", Kinds: kinds})
	if diags.HasErrors() {
		f.Fatal(diags)
	}
	config, diags = planner.Expand(config, all.All())
	if diags.HasErrors() {
		f.Fatal(diags)
	}
	for _, img := range config.Images {
		img.Backend, img.Output = backend, filepath.Join(backend, filepath.Base(img.Output))
	}
	in := planner.Input{Config: config, Providers: all.All(), Host: host.New("."), Backends: []image.Backend{
		dism.Backend{Program: emulated{f.machine, &f.lines, nil}, Pause: time.Millisecond}, offline.Backend{},
	}}
	plan, diags := planner.Make(f.Context(), in)
	if diags.HasErrors() {
		f.Fatal(diags)
	}
	return plan, executor.Options{
		Providers: in.Providers, Backends: in.Backends, Host: in.Host, Store: filepath.Join(".gild", backend),
		Events: func(e record.Event) { f.events = append(f.events, e) },
	}
}

func (f *factory) apply(backend string) {
	f.Helper()
	plan, opts := f.plan(backend)
	if _, err := executor.Apply(f.Context(), plan, opts); err != nil {
		f.Fatal(err)
	}
	if again, _ := f.plan(backend); !again.Empty() {
		for _, img := range again.Images {
			f.Errorf("%s, %s: a second plan has changes: %+v, %v", backend, img.Name, img.Counts(), img.Reasons)
		}
	}
}

// listed is what all kinds list of an image, as lines of JSON by kind.
func (f *factory) listed(file string) map[string][]string {
	f.Helper()
	s, err := offline.Backend{}.Open(f.Context(), image.Ref{Path: file}, image.OpenOptions{})
	if err != nil {
		f.Fatal(err)
	}
	defer s.Close()
	found := map[string][]string{}
	for _, p := range all.All() {
		if p.List == nil {
			continue
		}
		values, err := p.List(f.Context(), s)
		if err != nil {
			f.Fatalf("%s: %v", p.Kind, err)
		}
		for _, v := range values {
			found[p.Kind] = append(found[p.Kind], line(f.T, v))
		}
		slices.Sort(found[p.Kind])
	}
	return found
}

func line(t *testing.T, v cty.Value) string {
	t.Helper()
	known := v.AsValueMap()
	delete(known, "install_time") // of the machine
	maps.DeleteFunc(known, func(_ string, v cty.Value) bool { return v.IsNull() })
	text, err := ctyjson.Marshal(cty.ObjectVal(known), cty.ObjectVal(known).Type())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestFactory makes the images of the example with DISM, and compares them with
// those that are made without: what both can do now must be the same.
func TestFactory(t *testing.T) {
	f := newFactory(t)
	f.apply("dism")
	f.apply("offline")
	byDesign := map[string]string{
		"feature":       "at first boot without DISM",
		"package":       "at first boot without DISM",
		"capability":    "at first boot without DISM",
		"language_pack": "at first boot without DISM",
		"edition":       "at first boot without DISM",
		"international": "has the languages that are installed",
	}
	for _, name := range []string{"install.wim", "boot.wim"} {
		withDISM, without := f.listed(filepath.Join("dism", name)), f.listed(filepath.Join("offline", name))
		for _, p := range all.All() {
			same := slices.Equal(withDISM[p.Kind], without[p.Kind])
			if !same && (byDesign[p.Kind] == "" || name == "boot.wim") {
				t.Errorf("%s: %s:\n%s\nand without DISM\n%s", name, p.Kind, strings.Join(withDISM[p.Kind], "\n"), strings.Join(without[p.Kind], "\n"))
			}
			if same && byDesign[p.Kind] != "" && name == "install.wim" {
				t.Errorf("%s is the same with and without DISM", p.Kind)
			}
		}
	}
	f.holds("dism/install.wim", map[string][]string{
		"feature":       {`"name":"TelnetClient"*"state":"enabled"`, `"name":"Printing-PrintToPDFServices-Features"*"state":"disabled"`},
		"capability":    {`"name":"OpenSSH.Server~~~~0.0.1.0"*"state":"installed"`},
		"package":       {`Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.4061.1.10*"state":"installed"`, `LanguageFeatures-Basic-de-de*"state":"installed"`},
		"language_pack": {`"language":"de-DE"*"state":"installed"`},
		"edition":       {`"name":"Enterprise"`},
		"driver":        {`contosonic.inf`},
	})
	f.one("/Add-Package")
}

// holds looks for lines that hold all parts of a pattern, in order.
func (f *factory) holds(file string, want map[string][]string) {
	f.Helper()
	listed := f.listed(file)
	for kind, patterns := range want {
		for _, pattern := range patterns {
			if !slices.ContainsFunc(listed[kind], func(l string) bool { return like(l, pattern) }) {
				f.Errorf("%s: no %s is like %s:\n%s", file, kind, pattern, strings.Join(listed[kind], "\n"))
			}
		}
	}
}

func like(text, pattern string) bool {
	for part := range strings.SplitSeq(pattern, "*") {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return true
}

// one checks that each package was handed to DISM once.
func (f *factory) one(command string) {
	f.Helper()
	seen := map[string]bool{}
	for _, l := range f.lines {
		if strings.HasPrefix(l, command) && seen[l] {
			f.Errorf("twice: %s", l)
		}
		seen[l] = true
	}
}

// TestFactoryLanguage makes a language the one of Windows that the same plan
// installs.
func TestFactoryLanguage(t *testing.T) {
	f := newFactory(t)
	f.replace("profiles.gild.hcl", `ui_language   = "en-US"`, `ui_language   = "de-DE"`)
	f.apply("dism")
	f.holds("dism/install.wim", map[string][]string{"international": {`"ui_language":"de-DE"`}})
}

// TestFactoryFailure stops at an error that spoils the image, with all there is to
// say, and goes on from the last checkpoint.
func TestFactoryFailure(t *testing.T) {
	f := newFactory(t)
	f.machine.Fault = "Add-Package@2:half=0x800f0922,Enable-Feature@1:code=0xc15101fd"
	plan, opts := f.plan("dism")
	plan.Images = plan.Images[:1]
	plan.Images[0].Checkpoint = dsl.Checkpoint{Steps: 3}
	_, err := executor.Apply(t.Context(), plan, opts)
	if err == nil {
		t.Fatal("no error")
	}
	t.Log(err)
	for _, want := range []string{"profiles.gild.hcl:", "0x800f0922", "CBS_E_INSTALLERS_FAILED", "What to do: ", "log is ", ", Error "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not hold %q", err, want)
		}
	}
	f.machine.Fault = ""
	result, err := executor.Apply(t.Context(), plan, opts)
	if err != nil {
		t.Fatal(err)
	}
	if result.Images[0].Reused == 0 {
		t.Error("nothing was taken over from the run that failed")
	}
}
