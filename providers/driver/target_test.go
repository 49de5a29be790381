package driver

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/memory"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

// TestWrongImage reads with images that the packages are not for.
func TestWrongImage(t *testing.T) {
	host := providertest.NewHost(t, packages(map[string]spec{"alpha": {archs: "NTamd64.10.0...22000"}, "beta": {archs: "NTarm64"}}))
	content := base(t)
	for _, tt := range []struct {
		info image.Info
		set  object
		says string // part of the problem; empty: there is none
		attr string
	}{
		{image.Info{Arch: "amd64", Version: "10.0.26100.1"}, nil, "", ""},
		{image.Info{Arch: "arm64", Version: "10.0.19045.1"}, nil, "", ""},
		{image.Info{Arch: "amd64", Version: "10.0.19045.1"}, nil, "The image is for amd64 10.0.19045, and no package is: alpha.inf is for NTamd64.10.0...22000, beta.inf is for NTarm64", "source"},
		{image.Info{Arch: "x86", Version: "10.0.19045.1"}, nil, "no package is", "source"},
		{image.Info{Arch: "amd64"}, object{"arch": cty.StringVal("arm64")}, "drivers for arm64 do not run there", "arch"},
	} {
		b, err := memory.New(map[string]memory.Image{"image": {Info: tt.info, Files: content}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := b.Open(t.Context(), image.Ref{Path: "image"}, image.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		set := of("drivers", unsigned, object{"arch": cty.NullVal(cty.String)}, tt.set)
		want, err := resolved(t, host, set, false)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Provider().Found(t.Context(), s, want)
		problem, _ := errors.AsType[*providers.Problem](err)
		switch {
		case tt.says == "" && err != nil, tt.says != "" && (problem == nil || problem.Attr != tt.attr || !strings.Contains(problem.Detail, tt.says)):
			t.Errorf("%+v: %v, want %q", tt.info, err, tt.says)
		}
		if tt.says != "" {
			continue
		}
		division, err := Provider().Way("offline").Divide(t.Context(), s, host, providers.Change{Action: providers.Create, Want: want})
		effect := division.Effect
		if err != nil || effect != providers.Now("offline") {
			t.Errorf("%+v: the effect is %+v, %v", tt.info, effect, err)
		}
	}
}

// TestNothingLeft: what is left out for one reason or another may leave a resource with
// packages for another Windows, or none.
func TestNothingLeft(t *testing.T) {
	plain := strings.ReplaceAll(strings.Replace(spec{}.inf("delta"), "Models,NTamd64", "Models", 1), "[Models.NTamd64]", "[Models]")
	files := packages(map[string]spec{"alpha": {}})
	spec{}.payload(files, "drivers", "delta")
	files["drivers/delta.inf"] = plain
	host := providertest.NewHost(t, files)
	b, err := memory.New(map[string]memory.Image{"image": {Info: image.Info{Arch: "amd64", Version: "10.0.26100.1"}, Files: base(t)}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := b.Open(t.Context(), image.Ref{Path: "image"}, image.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := resolved(t, host, of("drivers", unsigned, object{"arch": cty.NullVal(cty.String)}), false)
	if err != nil || all.GetAttr("packages").LengthInt() != 2 {
		t.Fatal(all.GetAttr("packages").LengthInt(), err)
	}
	for _, tt := range []struct {
		gone []string
		says string
	}{
		{[]string{"alpha.inf"}, "no package is: delta.inf is for x86."},
		{[]string{"alpha.inf", "delta.inf"}, "None of its packages can be added"},
	} {
		want := Provider().Without(all, tt.gone)
		_, read := Provider().Found(t.Context(), m, want)
		_, divide := Provider().Way("offline").Divide(t.Context(), m, host, providers.Change{Action: providers.Create, Want: want})
		for what, err := range map[string]error{"read": read, "divide": divide} {
			if _, part := providers.PartsOf(err); err == nil || part || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s without %q: %v, want %q", what, tt.gone, err, tt.says)
			}
		}
	}
}

// TestLinks: nothing outside a source is read, and circles are not gone round.
func TestLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("making symbolic links needs a right on Windows")
	}
	host := providertest.NewHost(t, packages(map[string]spec{"alpha": {}, "beta": {}}))
	host.Put(t, "secret/gamma.inf", spec{}.inf("gamma"))
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, host.Path(name)); err != nil {
			t.Fatal(err)
		}
	}
	link("..", "drivers/circle")
	link("../secret", "drivers/out")
	want, err := resolved(t, host, of("drivers", object{"recurse": cty.True}), false)
	if err != nil || want.GetAttr("packages").LengthInt() != 2 {
		t.Errorf("links to folders: %#v, %v", want, err)
	}
	if err := os.Remove(host.Path("drivers/bin/beta.sys")); err != nil {
		t.Fatal(err)
	}
	link("../../secret/gamma.inf", "drivers/bin/beta.sys")
	link("../secret/gamma.inf", "drivers/gamma.inf")
	_, err = resolved(t, host, of("drivers"), false)
	for _, says := range []string{"drivers/bin/beta.sys, a file of drivers/beta.inf, is not a regular file in the folder", "drivers/gamma.inf can't be read"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("links to files outside: %v, want %q", err, says)
		}
	}
}

// TestNotASCII: Windows' first boot can't be given names that cmd.exe may spell
// otherwise, and the plan says so.
func TestNotASCII(t *testing.T) {
	files := realFolder(t, arduino+"/FTDI USB Drivers")
	renamed := map[string]string{}
	for name, text := range files {
		renamed[strings.Replace(name, "ftdibus.inf", "ftdibüs.inf", 1)] = text
	}
	host := providertest.NewHost(t, renamed)
	content := base(t)
	delete(content, drivers)
	m := providertest.NewImage(t, content, true)
	want, err := resolved(t, host, of("drivers/ftdibüs.inf"), false)
	if err != nil {
		t.Fatal(err)
	}
	change := providers.Change{Action: providers.Create, Want: want}
	if _, err := Provider().Way("offline").Divide(t.Context(), m, host, change); err == nil || !strings.Contains(err.Error(), "ASCII") {
		t.Errorf("the effect has the error %v", err)
	}
	if err := Provider().Way("offline").Apply(t.Context(), m, host, []providers.Change{change}); err == nil || !strings.Contains(err.Error(), "ftdibüs.inf") {
		t.Errorf("applied: %v", err)
	}
}
