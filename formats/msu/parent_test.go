package msu

import (
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/testenv"
)

func TestParentAccepts(t *testing.T) {
	const name = "Microsoft-Windows-CoreEdition"
	for _, c := range []struct {
		version         string
		build, revision Compare
		takes, refuses  []string
		text            string
	}{
		{"10.0.26100.1742", Unsaid, AtLeast, []string{"10.0.26100.1742", "10.0.26100.2096"}, []string{"10.0.26100.863", "10.0.26200.1742", "10.0.22631.4000"}, name + " = 10.0.26100 >= 1742"},
		{"6.0.6001.18000", Unsaid, Unsaid, []string{"6.0.6001.18000", "6.0.6001.1"}, []string{"6.0.6002.18000", "10.0.26100.1"}, name + " = 6.0.6001"},
		{"10.0.19041.1", AtLeast, AtLeast, []string{"10.0.19041.1", "10.0.26100.0"}, []string{"10.0.17763.5", "10.0.19041.0"}, name + " >= 10.0.19041 >= 1"},
		{"10.0.19041.5", AtLeast, Unsaid, []string{"10.0.19041.1", "10.0.26100.0"}, []string{"10.0.17763.5"}, name + " >= 10.0.19041"},
		{"10.0.19041.5", Equal, Equal, []string{"10.0.19041.5"}, []string{"10.0.19041.6", "10.0.19041.4"}, name + " = 10.0.19041 = 5"},
	} {
		p := Parent{Identity{Name: name, Architecture: "amd64", Language: "neutral", Version: c.version}, c.build, c.revision}
		if p.String() != c.text {
			t.Errorf("%+v is %q", p, p)
		}
		again, err := ParseParent(p.String())
		if err != nil || again.String() != p.String() {
			t.Errorf("%q is read as %q, %v", p, again, err)
		}
		for _, p := range []Parent{p, again} {
			for i, v := range append(c.takes, c.refuses...) {
				if got := p.Accepts(Identity{Name: strings.ToUpper(name), Architecture: "AMD64", Version: v}); got != (i < len(c.takes)) {
					t.Errorf("%q of %s: %v", p, v, got)
				}
			}
		}
	}
	p := Parent{Identity: Identity{Name: "Package_for_KB948465", Version: "6.0.1.18005"}}
	for version, want := range map[string]bool{"6.0.1.18005": true, "6.0.2.0": true, "6.0.1.18004": false} {
		if got := p.Accepts(Identity{Name: p.Name, Version: version}); got != want {
			t.Errorf("update %s: %v", version, got)
		}
	}
	language := Parent{Identity: Identity{Name: "A", Language: "de-DE", Version: "1.0.0.0"}}
	if again, err := ParseParent(language.String()); err != nil || again.Accepts(Identity{Name: "A", Version: "1.0.0.0"}) || !again.Accepts(Identity{Name: "A", Language: "DE-de", Version: "1.0.0.0"}) {
		t.Errorf("%q is read as %+v, %v", language, again, err)
	}
	for _, bad := range []string{"", "a", "a = ", "a = 1 = "} {
		if p, err := ParseParent(bad); err == nil {
			t.Errorf("%q is %+v", bad, p)
		}
	}
}

// TestRealParents reads what a real update of 26100 demands, and features that name others.
func TestRealParents(t *testing.T) {
	files := testenv.Archive(t, "cbs/real-manifests.tar.xz")
	read := func(name string) *Package {
		p, err := ParseMUM(whole(files[name]))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	update := read("carved/mum-truncated/Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.7171.1.16.mum")
	editions := 0
	for _, p := range update.Parents {
		if p.String() != p.Name+" = 10.0.26100 >= 1742" {
			t.Errorf("parent %q", p)
		}
		editions++
	}
	if editions != 92 {
		t.Errorf("%d parents", editions)
	}
	hyperV := read("carved/mum-truncated/Microsoft-Hyper-V-ClientEdition-Package~31bf3856ad364e35~amd64~~10.0.26100.1742.mum")
	parents := map[string]string{}
	for _, u := range hyperV.Updates {
		parents[u.Name] = strings.Join(u.Parents, " ")
	}
	for name, want := range map[string]string{"Microsoft-Hyper-V-All": "", "Microsoft-Hyper-V": "Microsoft-Hyper-V-All",
		"Microsoft-Hyper-V-Management-PowerShell": "Microsoft-Hyper-V-Tools-All", "Microsoft-Hyper-V_base": "Microsoft-Hyper-V"} {
		if got, there := parents[name]; !there || got != want {
			t.Errorf("%s has the parents %q, not %q", name, got, want)
		}
	}
}

// whole closes the elements of a manifest that was cut.
func whole(data []byte) []byte {
	text := string(data)
	for _, end := range []string{"</update>", "</parent>"} {
		if i := strings.LastIndex(text, end); i >= 0 && !strings.Contains(text, "</assembly>") {
			return []byte(text[:i] + end + "</package></assembly>")
		}
	}
	return data
}
