package viadism_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/all"
	"github.com/gildhq/gild/providers/providertest"
)

// emulated runs the emulation of DISM in this process, and keeps what it was told.
type emulated struct {
	*dismemu.Machine
	lines   *[]string
	imports *func(xml string) string // replaces what is imported; nil: nothing does
}

func (e emulated) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	var line []string
	for _, a := range args {
		name, _, _ := strings.Cut(a, ":")
		switch name {
		case "/English", "/NoRestart", "/LogPath", "/LogLevel", "/ScratchDir", "/Image":
		default:
			line = append(line, a)
		}
	}
	*e.lines = append(*e.lines, strings.Join(line, " "))
	if i := len(args) - 1; e.imports != nil && *e.imports != nil {
		if name, ok := strings.CutPrefix(args[i], "/Import-DefaultAppAssociations:"); ok {
			data, err := os.ReadFile(name)
			if err == nil {
				name += ".other"
				err = os.WriteFile(name, []byte((*e.imports)(string(data))), 0o600)
			}
			if err != nil {
				return 0, err
			}
			args = append(slices.Clone(args[:i]), "/Import-DefaultAppAssociations:"+name)
		}
	}
	return e.Machine.Run(ctx, args, out), nil
}

// bench is a sample image that DISM services, and the payloads of the factory.
type bench struct {
	*testing.T
	image.Session
	machine  *dismemu.Machine
	host     providertest.Host
	lines    []string // what DISM was told
	imports  func(xml string) string
	warnings []string
}

func newBench(t *testing.T, o sample.Options) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{T: t, machine: &dismemu.Machine{State: filepath.Join(dir, "state")}, host: providertest.Host{Dir: dir}}
	if err := sample.Factory(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(dir, "source.wim")
	o.Stored = true
	if err := sample.Write(t.Context(), source, o); err != nil {
		t.Fatal(err)
	}
	s, err := dism.Backend{Program: emulated{b.machine, &b.lines, &b.imports}, Pause: time.Millisecond}.Open(t.Context(), image.Ref{Path: source}, image.OpenOptions{
		Write: true, Store: filepath.Join(dir, "store"), Clock: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		Warn: func(text string) { b.warnings = append(b.warnings, text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	b.Session, b.lines = s, nil
	return b
}

// Unwrap gives the capabilities of the session.
func (b *bench) Unwrap() image.Session { return b.Session }

type attrs = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func kindNamed(t *testing.T, name string) *providers.Provider {
	t.Helper()
	for _, p := range all.All() {
		if p.Kind == name {
			return p
		}
	}
	t.Fatalf("no kind %s", name)
	return nil
}

// wanted is a resource as the planner has it.
func (b *bench) wanted(kind string, set attrs, absent bool) (*providers.Provider, cty.Value) {
	b.Helper()
	p := kindNamed(b.T, kind)
	want, err := p.Checked(providertest.Value(b.T, p, set), absent)
	if err == nil && p.Resolve != nil && !absent {
		want, err = p.Resolved(b.Context(), b.host, want)
	}
	if err != nil {
		b.Fatalf("%s: %v", kind, err)
	}
	return p, want
}

// change is what the planner would have made.
func (b *bench) change(kind string, set attrs, absent bool) (*providers.Provider, providers.Change) {
	b.Helper()
	p, want := b.wanted(kind, set, absent)
	have, err := planner.Read(b.Context(), p, b, want)
	if err != nil {
		b.Fatalf("%s: %v", kind, err)
	}
	c := providers.Change{Want: want, Have: providers.There(have)}
	c.Addr.Kind = kind
	c.Action, _ = planner.Diff(p.Schema, want, have, absent)
	return p, c
}

// earlier is the change to those after it.
func (b *bench) earlier(kind string, set attrs, effect providers.Effect) []providers.Earlier {
	b.Helper()
	p, c := b.change(kind, set, false)
	return []providers.Earlier{p.Earlier(c.Addr, c.Action, c.Want, effect)}
}

// apply makes a change of each set of attributes at once, and reads them back.
func (b *bench) apply(kind string, absent bool, sets ...attrs) {
	b.Helper()
	var changes []providers.Change
	for _, set := range sets {
		p, c := b.change(kind, set, absent)
		if c.Action == planner.NoChange {
			b.Fatalf("%s %v: nothing to do", kind, set)
		}
		if check := p.Way(providers.ByDISM).Check; check != nil {
			if err := check(b.Context(), b, c); err != nil {
				b.Fatalf("%s: %v", kind, err)
			}
		}
		changes = append(changes, c)
	}
	if err := kindNamed(b.T, kind).Way(providers.ByDISM).Apply(b.Context(), b, b.host, changes); err != nil {
		b.Fatalf("%s: %v", kind, err)
	}
	for _, set := range sets {
		if _, c := b.change(kind, set, absent); c.Action != planner.NoChange {
			b.Errorf("%s %v: applied, and is to be applied again (%s)", kind, set, c.Action)
		}
	}
}

// told compares what DISM was told since the last time with lines, in which DIR is
// the folder of payloads.
func (b *bench) told(want ...string) {
	b.Helper()
	for i, line := range b.lines {
		b.lines[i] = strings.ReplaceAll(strings.ReplaceAll(line, b.host.Dir, "DIR"), string(os.PathSeparator), "/")
	}
	if got := fmt.Sprintf("%q", b.lines); got != fmt.Sprintf("%q", want) {
		b.Errorf("DISM was told\n%s\nwant\n%q", strings.Join(b.lines, "\n"), want)
	}
	b.lines = nil
}
