package inf

import (
	"strings"
	"testing"
)

var win11 = Target{Arch: AMD64, Major: 10, Build: 22631}

func TestParseDecoration(t *testing.T) {
	tests := []struct {
		text string
		want Decoration
		form string // "" when the same as text
	}{
		{"NT", Decoration{}, ""},
		{"ntAMD64", Decoration{Arch: AMD64}, "NTamd64"},
		{"NTx86.5.1", Decoration{Arch: X86, Major: 5, Minor: 1}, ""},
		{"NTarm.10", Decoration{Arch: ARM, Major: 10}, "NTarm.10.0"},
		{"NTamd64.10.0...22000", Decoration{Arch: AMD64, Major: 10, Build: 22000}, ""},
		{"NTamd64.6.1.3", Decoration{Arch: AMD64, Major: 6, Minor: 1, ProductType: 3}, ""},
		{"NTx86....0x80", Decoration{Arch: X86, Suites: 0x80}, ""},
		{"NTx86.6.0.0x3.0x80", Decoration{Arch: X86, Major: 6, ProductType: 3, Suites: 0x80}, "NTx86.6.0.3.0x80"},
		{"NT$ARCH$.10.0...16299", Decoration{Template: true, Major: 10, Build: 16299}, ""},
		{" NTia64 ", Decoration{Arch: IA64}, "NTia64"},
	}
	for _, test := range tests {
		got, err := ParseDecoration(test.text)
		test.want.NT = true
		if err != nil || got != test.want {
			t.Errorf("%s: %+v, %v", test.text, got, err)
		}
		if test.form == "" {
			test.form = test.text
		}
		if got.String() != test.form {
			t.Errorf("%s is written %s", test.text, got)
		}
	}
	for _, text := range []string{"", "N", "amd64", "NTmips", "NTx86.a", "NTx86.1.2.3.4.5.6", "NTx86.99999999999", "NTamd64.Services"} {
		if d, err := ParseDecoration(text); err == nil {
			t.Errorf("%q is %+v", text, d)
		}
	}
	if (Decoration{}).String() != "" {
		t.Error("no decoration has a form")
	}
}

// TestModelsSelection follows the examples of "INF Manufacturer section" and
// "Combining platform extensions with operating system versions".
func TestModelsSelection(t *testing.T) {
	xp := Target{Arch: X86, Major: 5, Minor: 1}
	vista := Target{Arch: X86, Major: 6}
	datacenter := Target{Arch: X86, Major: 5, Minor: 1, Suites: 0x80}
	server := Target{Arch: AMD64, Major: 10, Build: 20348, ProductType: Server}
	win10 := Target{Arch: AMD64, Major: 10, Build: 19045}
	arm := Target{Arch: ARM64, Major: 10, Build: 22631}
	tests := []struct {
		listed string
		target Target
		want   string // "-" for none
	}{
		{"", xp, "M"},
		{"", win11, "-"}, // no architecture: x86 only
		{"NTx86....0x80,NTamd64", datacenter, "M.NTx86....0x80"},
		{"NTx86....0x80,NTamd64", xp, "M"},
		{"NTx86....0x80,NTamd64", win11, "M.NTamd64"},
		{"NT,NT.5,NT.5.5,NT....0x80", xp, "M.NT.5"},
		{"NT,NT.5,NT.5.5,NT....0x80", datacenter, "M.NT.5"},
		{"NT.7.8,NT", xp, "M.NT"},
		{"NTx86.6.0,NTx86.5.1", vista, "M.NTx86.6.0"},
		{"NTx86.6.0,NTx86.5.1", xp, "M.NTx86.5.1"},
		{"NTamd64.10.0...14393", win11, "M.NTamd64.10.0...14393"},
		{"NTamd64.10.0...22000,NTamd64.10.0...19041,NTamd64", win10, "M.NTamd64.10.0...19041"},
		{"NTamd64.10.0...22000,NTamd64.10.0...19041,NTamd64", win11, "M.NTamd64.10.0...22000"},
		{"NTamd64,NTamd64.10.0...19041,NTamd64.10.0...22000", win11, "M.NTamd64.10.0...22000"},
		{"NTamd64.10.0...22000", win10, "-"},
		{"NTamd64.6.1...99999", win10, "M.NTamd64.6.1...99999"}, // builds count within a version
		{"NTamd64.11", win11, "-"},
		{"NTamd64,NTamd64...3", server, "M.NTamd64...3"},
		{"NTamd64,NTamd64...3", win11, "M.NTamd64"},
		{"NTamd64,NTamd64...1", win11, "M.NTamd64...1"},
		{"NTamd64,NTarm64", arm, "M.NTarm64"},
		{"NT$ARCH$.10.0...16299", arm, "M.NT$ARCH$.10.0...16299"},
	}
	for _, test := range tests {
		text := "[Manufacturer]\nA=M," + test.listed + "\n[M]\nd=i,id\n"
		for d := range strings.SplitSeq(test.listed, ",") {
			if d != "" {
				text += "[M." + d + "]\nd=i,id\n"
			}
		}
		f := mustParse(t, text)
		got := "-"
		if s := f.Manufacturers[0].SectionFor(test.target); s != nil {
			got = s.Name
		}
		if got != test.want {
			t.Errorf("%q on %s: %s, want %s", test.listed, test.target, got, test.want)
		}
	}
}

// TestInstallSelection follows "INF DDInstall section": sections without
// architecture are for all of them.
func TestInstallSelection(t *testing.T) {
	tests := []struct{ sections, want string }{
		{"I", "I"},
		{"I I.NT", "I.NT"},
		{"I.NTamd64 I.NT I", "I.NTamd64"},
		{"I.NTx86 I.NT", "I.NT"},
		{"I.NTx86 I", "I"},
		{"I.NTamd64 I.NTamd64.10.0...19041 I.NTamd64.10.0...26100", "I.NTamd64.10.0...19041"},
		{"I.NTx86 I.NTamd64.Services", "-"},
		{"I.NT$ARCH$ I.NT", "I.NT$ARCH$"},
	}
	for _, test := range tests {
		f := mustParse(t, "["+strings.ReplaceAll(test.sections, " ", "]\n[")+"]\n")
		got := "-"
		if s := f.actual("i", win11); s != nil {
			got = s.Name
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.sections, got, test.want)
		}
	}
}

func TestArchitectures(t *testing.T) {
	tests := []struct{ text, want string }{
		{"[Manufacturer]\nA=M,NTamd64,NTarm64,NTx86\n[M.NTamd64]\nd=i,x\n[M.NTarm64]\n[M.NTx86]\nd=i,x\n", "x86 amd64"},
		{"[Manufacturer]\nA=M\n[M]\nd=i,x\n", "x86"},
		{"[Manufacturer]\nA=M,NT$ARCH$\n[M.NT$ARCH$]\nd=i,x\n", "x86 amd64 arm arm64"},
		{"[DefaultInstall.NTarm64]\n", "arm64"},
		{"[DefaultInstall]\n", "x86 amd64 arm arm64"},
		{"[Manufacturer]\nA=M,NTia64\n[M.NTia64]\nd=i,x\n[DefaultInstall]\n", "ia64"},
		{"[Version]\n", ""},
	}
	for _, test := range tests {
		var names []string
		for _, a := range mustParse(t, test.text).Architectures() {
			names = append(names, a.String())
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%q: %s, want %s", test.text, got, test.want)
		}
	}
}
