package inf

import (
	"testing"
	"time"
)

const goodVersion = `[Version]
Signature="$Windows NT$"
Class=Net
ClassGuid={4d36e972-e325-11ce-bfc1-08002be10318}
Provider=%P%
DriverVer=01/02/2023,1.2.3.4
CatalogFile=a.cat
PnpLockdown=1
[Strings]
P="Contoso"
`

func TestVersion(t *testing.T) {
	f := mustParse(t, goodVersion)
	v := f.Version
	if len(f.Problems) != 0 {
		t.Error(f.Problems)
	}
	if v.Class != "Net" || v.ClassGUID != "{4d36e972-e325-11ce-bfc1-08002be10318}" || v.Provider != "Contoso" ||
		v.RawProvider != "%P%" || v.Signature != "$Windows NT$" || !v.PnpLockdown {
		t.Errorf("%+v", v)
	}
	if got := v.DriverVer; got.String() != "01/02/2023,1.2.3.4" || !got.Date.Equal(time.Date(2023, 1, 2, 0, 0, 0, 0, time.UTC)) || got.Line != 6 {
		t.Errorf("%+v", got)
	}
}

func TestDriverVer(t *testing.T) {
	tests := []struct{ text, want, problem string }{
		{"9/1/2016,6.7.4.261", "09/01/2016,6.7.4.261", ""},
		{"04-21-2015, 1.2", "04/21/2015,1.2.0.0", ""},
		{"04/21/2015", "04/21/2015,0.0.0.0", ""},
		{"", "", "has no DriverVer"},
		{"21/04/2015,1.0", "01/01/0001,1.0.0.0", "is not a date"},
		{"04/21/2015,1.2.3.4.5", "04/21/2015,1.2.3.4", "more than 4 numbers"},
		{"04/21/2015,1.65536", "04/21/2015,1.65535.0.0", "not a number below 65536"},
		{"04/21/2015,$V$", "04/21/2015,0.0.0.0", "not a number below 65536"},
	}
	for _, test := range tests {
		f := mustParse(t, "[Version]\nDriverVer="+test.text)
		if got := f.Version.DriverVer.String(); got != test.want {
			t.Errorf("%q: %s, want %s", test.text, got, test.want)
		}
		for _, p := range f.Problems {
			if test.problem == "" && p.Line == 2 {
				t.Errorf("%q: %s", test.text, p)
			}
		}
		if test.problem != "" {
			code := BadValue
			if test.text == "" {
				code = MissingValue
			}
			wantProblem(t, f.Problems, code, test.problem)
		}
	}
}

func TestCatalogs(t *testing.T) {
	f := mustParse(t, "[Version]\nCatalogFile.NTx86=x.cat\nCatalogFile=any.cat\nCatalogFile.NTamd64=64.cat\nCatalogFile.zz=z.cat\n")
	for arch, want := range map[Arch]string{X86: "x.cat", AMD64: "64.cat", ARM64: "any.cat"} {
		if c, ok := f.Version.Catalog(Target{Arch: arch, Major: 10}); !ok || c.Name != want {
			t.Errorf("%s: %+v", arch, c)
		}
	}
	wantProblem(t, f.Problems, BadValue, "line 5: CatalogFile.zz")

	f = mustParse(t, "[Version]\nCatalogFile.NTx86=x.cat\nCatalogFile=\n")
	if p := f.Resolve(win11); p.Catalog != "" {
		t.Errorf("catalogue %q", p.Catalog)
	} else {
		wantProblem(t, p.Problems, Unsigned, "names no CatalogFile for amd64 10.0.22631")
	}
}

func TestVersionProblems(t *testing.T) {
	tests := []struct {
		text, want string
		code       Code
	}{
		{"[x]\n", "there is no section [Version]", MissingSection},
		{"[Version]\n", `signature of [Version] is ""`, BadValue},
		{"[Version]\nSignature=$Windows$\n", `"$Windows$", not $Windows NT$`, BadValue},
		{"[Version]\nClassGuid=4d36e972\n", `line 2: ClassGuid: "4d36e972" is not a GUID`, BadValue},
		{"[Version]\nClassGuid=" + ExtensionClass + "\n", "no ExtensionId", MissingValue},
		{"[Version]\nClass=\n", "line 1: [Version] has no Class", MissingValue},
		{"[Version]\nPnpLockdown=yes\n", `line 2: PnpLockdown: "yes" is not a number`, BadValue},
		{"[a]\r\rx=$arch$\r[$ARCH$]\r", "line 3: $ARCH$", Template},
	}
	for _, test := range tests {
		wantProblem(t, mustParse(t, test.text).Problems, test.code, test.want)
	}
}
