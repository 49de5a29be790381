package viadism_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/cab/cabtest"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// updates puts updates among the payloads, and returns the changes that add them.
func (b *bench) updates(numbers ...int) (*providers.Provider, []providers.Change) {
	b.Helper()
	var p *providers.Provider
	var cs []providers.Change
	for _, n := range numbers {
		name := fmt.Sprintf("kb%d.cab", n)
		b.host.Put(b.T, name, string(cabtest.Stored(map[string]string{"update.mum": fmt.Sprintf(`<?xml version="1.0" encoding="utf-8"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v3" manifestVersion="1.0">
  <assemblyIdentity name="Package_for_KB%d" version="26100.1.1.1" processorArchitecture="amd64" language="neutral" buildType="release" publicKeyToken="31bf3856ad364e35" />
  <package identifier="KB%[1]d" releaseType="Update" restart="possible"></package>
</assembly>`, n)})))
		var c providers.Change
		p, c = b.change("package", attrs{"source": str(name)}, false)
		c.Addr.Name = name
		cs = append(cs, c)
	}
	return p, cs
}

// held tells which of the changes are made.
func (b *bench) held(cs []providers.Change) string {
	b.Helper()
	var names []string
	for _, c := range cs {
		have, err := kindNamed(b.T, "package").Found(b.Context(), b, c.Want)
		if err != nil {
			b.Fatal(err)
		}
		if !have.IsNull() {
			names = append(names, strings.TrimSuffix(c.Addr.Name, ".cab"))
		}
	}
	return strings.Join(names, " ")
}

// TestPackagesAtOnce: of packages that DISM was given at once, each is made or failed by
// itself, whatever the one exit code says; those that failed are added once more.
func TestPackagesAtOnce(t *testing.T) {
	const all = "/Add-Package /PackagePath:DIR/kb1.cab /PackagePath:DIR/kb2.cab /PackagePath:DIR/kb3.cab"
	for _, tt := range []struct {
		name, fault string
		code        uint32 // of the last one's error; 0: none
		spoiled     bool
		whole       bool // the error is not that of a package
		lines       []string
		held        string
	}{
		{"all are taken", "", 0, false, false, []string{all}, "kb1 kb2 kb3"},
		{"try the command again", "Add-Package@1:part=0x800f0823", 0, false, false, []string{all, "/Add-Package /PackagePath:DIR/kb3.cab"}, "kb1 kb2 kb3"},
		{"one is not for the image", "Add-Package@1:part=0x800f081e,Add-Package@2:code=0x800f081e", 0x800f081e, false, false,
			[]string{all, "/Add-Package /PackagePath:DIR/kb3.cab"}, "kb1 kb2"},
		{"one is damaged", "Add-Package@1:part=0x800f0805,Add-Package@2:code=0x800f0805", 0x800f0805, false, false,
			[]string{all, "/Add-Package /PackagePath:DIR/kb3.cab"}, "kb1 kb2"},
		{"one spoils the image", "Add-Package@1:part=0x800f0922", 0x800f0922, true, true, []string{all}, ""},
		{"DISM refuses to work", "Add-Package@1:code=740", 740, false, true, []string{all}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, sample.Options{})
			p, cs := b.updates(1, 2, 3)
			b.machine.Fault = tt.fault
			err := p.Way(providers.ByDISM).Apply(t.Context(), b, b.host, cs)
			if viadism.Code(err) != tt.code || errors.Is(err, image.ErrSpoiled) != tt.spoiled {
				t.Errorf("%v", err)
			}
			failed, ok := errors.AsType[*providers.BatchError](err)
			if ok != (err != nil && !tt.whole) || ok && (failed.Tried != 3 || len(failed.Failed) != 1 || failed.Failed[2] == nil) {
				t.Errorf("%#v", err)
			}
			b.told(tt.lines...)
			if !tt.spoiled {
				b.machine.Fault = ""
				if got := b.held(cs); got != tt.held {
					t.Errorf("the image holds %q", got)
				}
			}
		})
	}
}
