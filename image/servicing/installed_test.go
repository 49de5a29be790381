package servicing_test

import (
	"slices"
	"testing"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/internal/regimage"
)

func TestBuilds(t *testing.T) {
	list := []servicing.Package{
		servicing.Named(id("Microsoft-Windows-Foundation-Package", "10.0.19041.1"), servicing.Installed),
		servicing.Named(id("Package_for_RollupFix", "19041.4000.1.2"), servicing.Superseded),
		servicing.Named(id("Package_for_RollupFix", "18362.1.1.2"), servicing.Staged),
		servicing.Named(id("Package_for_KB1", "10.0.1.2"), servicing.Installed),
		servicing.Named("not an identity", servicing.Installed),
	}
	for version, want := range map[string][]int{
		"10.0.19045.5000": {19041, 19045},
		"10.0.19041.1":    {19041},
		"":                {19041},
		"10.0":            {19041},
	} {
		if got := servicing.Builds(list, version); !slices.Equal(got, want) {
			t.Errorf("of version %q: %v, want %v", version, got, want)
		}
	}
}

func TestNewest(t *testing.T) {
	list := []servicing.Package{
		servicing.Named(id("Package_for_RollupFix", "26100.999.1.2"), servicing.Installed),
		servicing.Named(id("PACKAGE_for_RollupFix", "26100.1000.1.2"), servicing.InstallPending),
		servicing.Named(id("Package_for_RollupFix", "26100.2000.1.2"), servicing.Staged),
		servicing.Named(id("Package_for_RollupFix_Other", "26100.3000.1.2"), servicing.Installed),
	}
	of, err := msu.ParseIdentity(id("package_for_rollupfix", "26100.1.1.1"))
	if err != nil {
		t.Fatal(err)
	}
	if got := servicing.Newest(list, of); got != &list[1] {
		t.Errorf("newest is %+v", got)
	}
	of.Language = "de-DE"
	if got := servicing.Newest(list, of); got != nil {
		t.Errorf("newest of another language is %+v", got)
	}
}

// TestArticles finds the articles of packages, and which packages can't be removed.
func TestArticles(t *testing.T) {
	rollup, named, part, permanent := id("Package_for_RollupFix", "1.2.3.4"), id("Package_for_KB12", "1.0.0.0"), id("Package_2_for_KB34_RTM", "1.0.0.0"), id("Package_for_KB56", "1.0.0.0")
	visible := []string{dword("CurrentState", 0x70), dword("Visibility", 1)}
	s := regimage.Open(t, key(`Packages\`+rollup, visible...)+key(`Packages\`+named, visible...)+
		key(`Packages\`+part, dword("CurrentState", 0x70), dword("Visibility", 2))+key(`Packages\`+permanent, dword("CurrentState", 0x80)),
		map[string][]byte{
			"Windows/servicing/Packages/" + rollup + ".mum": []byte(`<assembly supportInformation="https://support.microsoft.com/help/5058411"><package identifier="Windows" permanence="permanent"/></assembly>`),
		})
	packages, notes, err := servicing.Packages(t.Context(), s)
	if err != nil || len(notes) > 0 {
		t.Fatal(notes, err)
	}
	want := map[string]servicing.Package{rollup: {KB: "KB5058411", Permanent: true}, named: {KB: "KB12"}, part: {KB: "KB34"}, permanent: {KB: "KB56", Permanent: true}}
	for _, p := range packages {
		if w := want[p.Identity]; p.KB != w.KB || p.Permanent != w.Permanent {
			t.Errorf("%s: %q, %v", p.Identity, p.KB, p.Permanent)
		}
	}
}

// TestNamed takes an identity apart once, for all that ask for its parts.
func TestNamed(t *testing.T) {
	p := servicing.Named(id("Package_for_KB12", "1.2.3.4"), servicing.Staged)
	if p.ID.Name != "Package_for_KB12" || p.ID.Version != "1.2.3.4" || p.ID.String() != p.Identity || p.KB != "KB12" || p.State != servicing.Staged {
		t.Errorf("%+v", p)
	}
	if p := servicing.Named("not an identity", servicing.Installed); p.ID != (msu.Identity{}) || p.Identity != "not an identity" {
		t.Errorf("%+v", p)
	}
	neutral := p.ID
	neutral.Language, neutral.Version = "neutral", "5"
	if other := p.ID; !neutral.SameThing(other) || other.SameThing(msu.Identity{}) {
		t.Error("the neutral language is another one, or nothing the same")
	}
}
