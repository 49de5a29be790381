package answerfile_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/unattend"
	"github.com/gildhq/gild/image/answerfile"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/providers/providertest"
)

// file makes an answer file with a component in each of the passes; a pass that ends in
// ! was processed.
func file(passes ...string) []byte {
	var b strings.Builder
	b.WriteString(`<unattend xmlns="` + unattend.Namespace + `">`)
	for _, p := range passes {
		mark := ""
		if name, ok := strings.CutSuffix(p, "!"); ok {
			p, mark = name, ` wasPassProcessed="true"`
		}
		fmt.Fprintf(&b, `<settings pass="%s"%s><component name="A" processorArchitecture="amd64"/></settings>`, p, mark)
	}
	return []byte(b.String() + "</unattend>")
}

func registry(t *testing.T, value string) map[string][]byte {
	return regimage.Hives(t, "[HKLM\\SYSTEM\\Setup]\n\"UnattendFile\"=\""+strings.ReplaceAll(value, `\`, `\\`)+"\"\n")
}

func TestFind(t *testing.T) {
	const embedded, sysprep = "Windows/Panther/Unattend/unattend.xml", "Windows/System32/Sysprep/unattend.xml"
	for _, tt := range []struct {
		name  string
		image map[string][]byte
		paths string            // of all, in order
		first map[string]string // by pass
	}{
		{"none", map[string][]byte{"Windows/Panther/setupact.log": nil, "unattend.txt": nil}, "", map[string]string{"specialize": ""}},
		{"one", map[string][]byte{answerfile.Panther: file("specialize", "windowsPE")}, answerfile.Panther, map[string]string{"specialize": answerfile.Panther, "oobeSystem": "", "windowsPE": ""}},
		{"all", map[string][]byte{
			"Windows/Panther/Unattend/Autounattend.xml": file("specialize"), embedded: file("oobeSystem"), answerfile.Panther: file("specialize", "oobeSystem", "generalize"),
			sysprep: file("generalize", "auditUser"), "UNATTEND.XML": file("auditUser", "windowsPE"), "autounattend.xml": file("windowsPE"), "sources/autounattend.xml": file("offlineServicing"),
			"Windows/Panther/unattend-original.xml": file("auditSystem"), "Windows/System32/Sysprep/autounattend.xml": file("auditSystem"),
		}, embedded + " Windows/Panther/Unattend/Autounattend.xml Windows/Panther/unattend.xml " + sysprep + " UNATTEND.XML autounattend.xml sources/autounattend.xml Windows/Panther/unattend-original.xml Windows/System32/Sysprep/autounattend.xml",
			map[string]string{"specialize": "Windows/Panther/Unattend/Autounattend.xml", "oobeSystem": embedded, "generalize": answerfile.Panther, "auditUser": sysprep, "auditSystem": "", "windowsPE": "UNATTEND.XML", "offlineServicing": "sources/autounattend.xml"}},
		{"processed", map[string][]byte{answerfile.Panther: file("specialize!", "oobeSystem"), sysprep: file("specialize", "oobeSystem")}, answerfile.Panther + " " + sysprep,
			map[string]string{"specialize": sysprep, "oobeSystem": answerfile.Panther}},
		{"can't be read", map[string][]byte{embedded: []byte("<unattend>"), answerfile.Panther: file("specialize")}, embedded + " " + answerfile.Panther, map[string]string{"specialize": answerfile.Panther}},
		{"a folder in the place of a file", map[string][]byte{embedded + "/x": nil, answerfile.Panther: file("specialize")}, answerfile.Panther, map[string]string{"specialize": answerfile.Panther}},
		{"a file in the place of a folder", map[string][]byte{"Windows/Panther": []byte("x")}, "", nil},
		{"registry", merged(registry(t, `%SystemDrive%\Deploy\Answers.xml`), map[string][]byte{"Deploy/answers.xml": file("specialize"), embedded: file("specialize", "oobeSystem")}),
			"Deploy/Answers.xml " + embedded, map[string]string{"specialize": "Deploy/Answers.xml", "oobeSystem": embedded}},
		{"registry, in a folder that is searched", merged(registry(t, `C:\Windows\Panther\Unattend.xml`), map[string][]byte{answerfile.Panther: file("specialize"), embedded: file("specialize")}),
			"Windows/Panther/Unattend.xml " + embedded, map[string]string{"specialize": "Windows/Panther/Unattend.xml"}},
		{"registry, another drive", registry(t, `A:\unattend.xml`), `A:\unattend.xml`, nil},
		{"registry, not there", registry(t, `C:\unattend.xml`), "unattend.xml", nil},
		{"registry, empty", registry(t, ""), "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := answerfile.Find(providertest.NewImage(t, tt.image, false), nil)
			if err != nil {
				t.Fatal(err)
			}
			var paths []string
			for _, f := range list {
				paths = append(paths, f.Path)
				if (f.File == nil) != (f.Fault != nil) {
					t.Errorf("%s: %v, %v", f.Path, f.File, f.Fault)
				}
			}
			if got := strings.Join(paths, " "); got != tt.paths {
				t.Errorf("found\n%s, want\n%s", got, tt.paths)
			}
			for _, pass := range slices.Sorted(maps.Keys(tt.first)) {
				got := ""
				if f := list.First(pass); f != nil {
					got = f.Path
				}
				if got != tt.first[pass] {
					t.Errorf("%s is taken from %q, want %q", pass, got, tt.first[pass])
				}
			}
		})
	}
}

func merged(ms ...map[string][]byte) map[string][]byte {
	all := map[string][]byte{}
	for _, m := range ms {
		maps.Copy(all, m)
	}
	return all
}
