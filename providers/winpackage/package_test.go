package winpackage

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/cab/cabtest"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

// jobs are the titles, arguments and payload files of what is queued.
func jobs(t *testing.T, m image.Session) string {
	t.Helper()
	all, err := bootjob.Jobs(m)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, j := range all {
		line := fmt.Sprintf("%d %s", j.Stage, j.Title)
		for _, p := range j.Payloads {
			for _, f := range p.Files {
				line += " +" + f.Name
			}
		}
		for _, c := range j.Commands {
			arg := strings.Join(c.Args, " ")
			for _, p := range j.Payloads {
				arg = strings.ReplaceAll(arg, p.Path(""), "*")
			}
			line += " | " + arg
		}
		if len(j.Test.Ask) == 0 {
			line += " | not asked"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func queues(want string) func(t *testing.T, m *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		t.Helper()
		if got := jobs(t, m); got != want {
			t.Errorf("queued is\n%s\nwant\n%s", got, want)
		}
	}
}

func TestSuite(t *testing.T) {
	old, new := lcu(2000), lcu(4000)
	fix := made{name: "Package_for_KB5001234", version: "10.0.1.2", release: "Hotfix", identifier: "KB5001234", parents: []string{"Microsoft-Windows-Foundation-Package 10.0.26100.1"}}
	net := made{name: "Package_for_DotNetRollup", version: "10.0.9200.1", release: "Update", identifier: "KB5055555"}
	net481 := made{name: "Package_for_DotNetRollup_481", version: "10.0.9200.1", release: "Update", identifier: "KB5055555"}
	payloads := map[string]string{
		"up/lcu.msu":        msuOf(false, ssu(3990), new),
		"psf/lcu.msu":       msuOf(true, ssu(3990), new),
		"chain/target.msu":  msuOf(true, new),
		"chain/first.msu":   msuOf(true, lcu(1742)),
		"chain/second.msu":  msuOf(true, old),
		"chain/later.msu":   msuOf(true, lcu(5000)),
		"chain/other.msu":   "no package",
		"chain/fix.msu":     msuOf(false, fix),
		"a b/fix ü.cab":     fix.cab(),
		"folder/update.mum": fix.mum(),
		"folder/x/file.dll": "MZ",
		"net.d/dotnet.msu":  msuOf(false, net, net481),
		"up/ssu.cab":        ssu(3990).cab(),
	}
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "update", Image: windows(t), Payloads: payloads, Set: object{"source": str("up/lcu.msu"), "identity": str(new.identity())},
			After: queues("350 Install KB5054000 (Package_for_RollupFix) +0-Package_for_ServicingStack_3990.cab +1-Package_for_RollupFix.cab" +
				` | /Add-Package /PackagePath:*\0-Package_for_ServicingStack_3990.cab | /Add-Package /PackagePath:*\1-Package_for_RollupFix.cab`)},
		{Name: "update that needs its file", Image: windows(t, recorded(old.identity(), installed, 1)), Payloads: payloads, Keep: true,
			Set:   object{"source": str("psf/lcu.msu"), "kb": str("kb5054000")},
			After: queues(`350 Install KB5054000 (Package_for_RollupFix) +lcu.msu | /Add-Package /PackagePath:*\lcu.msu`)},
		{Name: "checkpoints beside it", Image: windows(t), Payloads: payloads, Keep: true, Set: object{"source": str("chain/target.msu")},
			After: queues(`350 Install KB5054000 (Package_for_RollupFix) +target.msu +first.msu +second.msu | /Add-Package /PackagePath:*\target.msu`)},
		{Name: "checkpoint that the image has", Image: windows(t, recorded(lcu(1742).identity(), installed, 1)), Payloads: payloads, Keep: true,
			Set:   object{"source": str("chain/target.msu")},
			After: queues(`350 Install KB5054000 (Package_for_RollupFix) +target.msu +second.msu | /Add-Package /PackagePath:*\target.msu`)},
		{Name: "no checkpoints", Image: windows(t), Payloads: payloads, Keep: true,
			Set:   object{"source": str("chain/target.msu"), "checkpoints": cty.ListValEmpty(cty.String)},
			After: queues(`350 Install KB5054000 (Package_for_RollupFix) +target.msu | /Add-Package /PackagePath:*\target.msu`)},
		{Name: "named checkpoint", Image: windows(t), Payloads: payloads, Keep: true,
			Set:   object{"source": str("psf/lcu.msu"), "checkpoints": cty.ListVal([]cty.Value{str("chain/second.msu")})},
			After: queues(`350 Install KB5054000 (Package_for_RollupFix) +lcu.msu +second.msu | /Add-Package /PackagePath:*\lcu.msu`)},
		{Name: "cabinet", Image: windows(t), Payloads: payloads, Set: object{"source": str("a b/fix ü.cab"), "kb": str("KB5001234")},
			After: queues(`350 Install KB5001234 (Package_for_KB5001234) +package.cab | /Add-Package /PackagePath:*\package.cab`)},
		{Name: "folder", Image: windows(t), Payloads: payloads, Keep: true, Set: object{"source": str("folder")},
			After: queues(`350 Install KB5001234 (Package_for_KB5001234) +update.mum +x/file.dll | /Add-Package /PackagePath:*`)},
		{Name: "servicing stack", Image: windows(t), Payloads: payloads, Keep: true, Set: object{"source": str("up/ssu.cab")},
			After: queues(`150 Install KB5059999 (Package_for_ServicingStack_3990) +ssu.cab | /Add-Package /PackagePath:*\ssu.cab`)},
		{Name: "newer servicing stack there", Image: windows(t, recorded(ssu(4100).identity(), permanent, 1)), Payloads: payloads, Keep: true, Unchanged: true,
			Set: object{"source": str("up/ssu.cab")}},
		{Name: "older servicing stack there", Image: windows(t, recorded(ssu(900).identity(), permanent, 1)), Payloads: payloads, Keep: true,
			Set: object{"source": str("up/ssu.cab")}},
		{Name: ".NET", Image: windows(t), Payloads: payloads, Keep: true, Set: object{"source": str("net.d/dotnet.msu")},
			After: queues("430 Install KB5055555 (Package_for_DotNetRollup) +0-Package_for_DotNetRollup.cab +1-Package_for_DotNetRollup_481.cab" +
				` | /Add-Package /PackagePath:*\0-Package_for_DotNetRollup.cab | /Add-Package /PackagePath:*\1-Package_for_DotNetRollup_481.cab`)},
		{Name: ".NET, one of them there", Image: windows(t, recorded(net481.identity(), installed, 1)), Payloads: payloads, Keep: true, Unchanged: true,
			Set: object{"source": str("net.d/dotnet.msu")}},
		{Name: "there", Image: windows(t, recorded(new.identity(), installed, 1)), Payloads: payloads, Keep: true, Unchanged: true, Set: object{"source": str("up/lcu.msu")}},
		{Name: "pending", Image: windows(t, recorded(new.identity(), pending, 1)), Payloads: payloads, Keep: true, Unchanged: true, Set: object{"source": str("up/lcu.msu")}},
		{Name: "superseded", Image: windows(t, recorded(fix.identity(), superseded, 1)), Payloads: payloads, Keep: true, Unchanged: true, Set: object{"source": str("folder")}},
		{Name: "newer there", Image: windows(t, recorded(lcu(5000).identity(), installed, 1)), Payloads: payloads, Keep: true, Unchanged: true, Set: object{"source": str("up/lcu.msu")}},
		{Name: "staged", Image: windows(t, recorded(new.identity(), staging, 1)), Payloads: payloads, Keep: true, Set: object{"source": str("up/lcu.msu")},
			After: func(t *testing.T, m *providertest.Image) {
				if !strings.HasPrefix(jobs(t, m), "350 Install KB5054000") {
					t.Error(jobs(t, m))
				}
			}},

		{Name: "absent", Image: windows(t, recorded(fix.identity(), installed, 1)), Absent: true, Set: object{"identity": str(strings.ToLower(fix.identity()))},
			After: queues("100 Remove " + fix.identity() + " | /Remove-Package /PackageName:" + fix.identity())},
		{Name: "absent by article", Image: windows(t, recorded(fix.identity(), pending, 1)+recorded("Package_1_for_KB5001234~"+token+"~amd64~~10.0.1.2", installed, 2)),
			Absent: true, Set: object{"kb": str("kb5001234"), "source": str("gone.msu")},
			After: queues("100 Remove " + fix.identity() + " | /Remove-Package /PackageName:" + fix.identity())},
		{Name: "absent, not there", Image: windows(t), Absent: true, Unchanged: true, Set: object{"kb": str("KB5001234")}},
		{Name: "absent, going", Image: windows(t, recorded(fix.identity(), uninstalling, 1)), Absent: true, Unchanged: true, Set: object{"identity": str(fix.identity())}},
		{Name: "absent, no hive", Absent: true, Unchanged: true, Set: object{"identity": str(fix.identity())}},
	})
}

func TestRefusals(t *testing.T) {
	new := lcu(4000)
	foreign := made{name: "Package_for_RollupFix", version: "22621.4000.1.10", release: "Update", identifier: "KB5051111"}
	fix := made{name: "Package_for_KB5001234", version: "10.0.1.2", release: "Hotfix", identifier: "KB5001234", parents: []string{"Microsoft-Windows-Xps-Package 10.0.26100.1"}}
	chained := msuOf(true, lcu(4000, "Package_for_RollupFix 26100.1742.1.10"))
	good := fmt.Sprintf("%x", sha1.Sum([]byte(new.cab())))
	payloads := map[string]string{
		"a/web.msu": "<!DOCTYPE html><html>404", "a/empty.msu": "", "a/cut.msu": msuOf(false, new)[:600], "a/setup.msu": "MZ\x90", "a/zip.msu": "PK\x03\x04",
		"a/spanned.cab": string(cabtest.Spanned()), "a/data.cab": string(cabtest.Stored(map[string]string{"x": "y"})),
		"a/lcu.msu": msuOf(false, new), "a/foreign.msu": msuOf(false, foreign), "a/fix.cab": fix.cab(), "a/chained.msu": chained,
		"OneDrive - Contoso/lcu.msu": msuOf(false, new), "folder/readme.txt": "nothing", "odd/update.mum": new.mum(), "odd/größe.txt": "",
		"a/kb_" + strings.Repeat("0", 40) + ".cab": new.cab(), "b/kb_" + good + ".cab": new.cab(),
	}
	img := windows(t)
	for _, r := range []providertest.Refusal{
		{Name: "nothing", Set: object{}, Attr: "source", Says: "must name"},
		{Name: "missing", Set: object{"source": str("a/none.msu")}, Attr: "source", Says: "no file"},
		{Name: "web page", Set: object{"source": str("a/web.msu")}, Attr: "source", Says: "web page"},
		{Name: "empty", Set: object{"source": str("a/empty.msu")}, Attr: "source", Says: "empty"},
		{Name: "truncated", Set: object{"source": str("a/cut.msu")}, Attr: "source", Says: "missing at the end"},
		{Name: "program", Set: object{"source": str("a/setup.msu")}, Attr: "source", Says: "program"},
		{Name: "archive", Set: object{"source": str("a/zip.msu")}, Attr: "source", Says: "ZIP"},
		{Name: "spanned", Set: object{"source": str("a/spanned.cab")}, Attr: "source", Says: "of a set"},
		{Name: "no package", Set: object{"source": str("a/data.cab")}, Attr: "source", Says: "update.mum"},
		{Name: "folder of none", Set: object{"source": str("folder")}, Attr: "source", Says: "update.mum"},
		{Name: "odd name", Set: object{"source": str("odd")}, Attr: "source", Says: "ASCII"},
		{Name: "root of a drive", Set: object{"source": str(`C:\lcu.msu`)}, Attr: "source", Says: "put it into a folder"},
		{Name: "root", Set: object{"source": str(`/lcu.msu`)}, Attr: "source", Says: "put it into a folder"},
		{Name: "cloud", Set: object{"source": str("OneDrive - Contoso/lcu.msu")}, Attr: "source", Says: "synchronised"},
		{Name: "damaged", Set: object{"source": str("a/kb_" + strings.Repeat("0", 40) + ".cab")}, Attr: "source", Says: good},
		{Name: "other identity", Set: object{"source": str("a/lcu.msu"), "identity": str(foreign.identity())}, Attr: "identity", Says: new.identity()},
		{Name: "other article", Set: object{"source": str("a/lcu.msu"), "kb": str("KB5050000")}, Attr: "kb", Says: "KB5054000"},
		{Name: "bad identity", Set: object{"source": str("a/lcu.msu"), "identity": str("RollupFix")}, Attr: "identity", Says: "gild inspect"},
		{Name: "bad article", Set: object{"source": str("a/lcu.msu"), "kb": str("5054000")}, Attr: "kb", Says: "as in KB"},
		{Name: "other build", Set: object{"source": str("a/foreign.msu")}, Attr: "source", Says: "build 22621, and the image holds build 26100"},
		{Name: "older build", Image: windows(t, recorded(lcu(2000).identity(), installed, 1)), Set: object{"source": str("a/foreign.msu")}, Attr: "source", Says: "build 22621"},
		{Name: "not applicable", Set: object{"source": str("a/fix.cab")}, Attr: "source", Says: "Microsoft-Windows-Xps-Package"},
		{Name: "checkpoint missing", Set: object{"source": str("a/chained.msu"), "checkpoints": cty.ListValEmpty(cty.String)}, Attr: "checkpoints", Says: "26100.1742.1.10"},
		{Name: "checkpoint of another build", Set: object{"source": str("a/lcu.msu"), "checkpoints": cty.ListVal([]cty.Value{str("a/foreign.msu")})}, Attr: "checkpoints", Says: "lower version"},
		{Name: "checkpoint is a web page", Set: object{"source": str("a/lcu.msu"), "checkpoints": cty.ListVal([]cty.Value{str("a/web.msu")})}, Attr: "checkpoints", Says: "web page"},
		{Name: "checkpoint of a fix", Set: object{"source": str("a/fix.cab"), "checkpoints": cty.ListVal([]cty.Value{str("a/lcu.msu")})}, Attr: "checkpoints", Says: "only a cumulative update"},
		{Name: "nothing to remove", Set: object{"source": str("a/lcu.msu")}, Absent: true, Attr: "", Says: "identity or kb"},
		{Name: "permanent", Image: windows(t, recorded(ssu(1).identity(), permanent, 1)), Set: object{"identity": str(ssu(1).identity())}, Absent: true, Attr: "identity", Says: "0x800F0825"},
	} {
		r.Payloads = payloads
		if r.Image == nil {
			r.Image = img
		}
		providertest.Refuse(t, Provider(), []providertest.Refusal{r})
	}
	p, host := Provider(), providertest.NewHost(t, payloads)
	if _, err := p.Resolved(t.Context(), host, checked(t, p, object{"source": str("b/kb_" + good + ".cab")})); err != nil {
		t.Errorf("the digest in the name is right: %v", err)
	}
}

func checked(t *testing.T, p *providers.Provider, set object) cty.Value {
	t.Helper()
	v, err := p.Checked(providertest.Value(t, p, set), false)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestRefuseRealUpdates plans updates that Microsoft made for other Windows.
func TestRefuseRealUpdates(t *testing.T) {
	payloads := map[string]string{}
	for _, name := range []string{"Windows8.1-KB2999226-x86.msu", "Windows6.1-KB2999226-x64.msu"} {
		payloads["u/"+name] = string(testenv.ReadShared(t, "msu/"+name))
	}
	providertest.Refuse(t, Provider(), []providertest.Refusal{
		{Name: "8.1", Image: windows(t), Payloads: payloads, Set: object{"source": str("u/Windows8.1-KB2999226-x86.msu")}, Attr: "source", Says: "is for x86"},
		{Name: "7", Image: windows(t), Payloads: payloads, Set: object{"source": str("u/Windows6.1-KB2999226-x64.msu")}, Attr: "source", Says: "build 7601"},
	})
}

// TestRealUpdate installs a real update into an image of the Windows it is for.
func TestRealUpdate(t *testing.T) {
	const name = "Windows8.1-KB2999226-x86.msu"
	payloads := map[string]string{"u/" + name: string(testenv.ReadShared(t, "msu/"+name))}
	hold := func(more string) map[string][]byte {
		text := more
		for _, name := range []string{"Foundation", "Client-Features"} {
			text += recorded("Microsoft-Windows-"+name+"-Package~"+token+"~x86~~6.3.9600.16384", installed, 2)
		}
		return regimage.Hives(t, text)
	}
	const identity = "Package_for_KB2999226~31bf3856ad364e35~x86~~6.3.1.5"
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "queued", Image: hold(""), Payloads: payloads, Set: object{"source": str("u/" + name), "kb": str("KB2999226")},
			After: queues(`350 Install KB2999226 (Package_for_KB2999226) +Windows8.1-KB2999226-x86.cab | /Add-Package /PackagePath:*\Windows8.1-KB2999226-x86.cab`)},
		{Name: "there", Image: hold(recorded(identity, installed, 1)), Payloads: payloads, Unchanged: true, Keep: true, Set: object{"source": str("u/" + name)}},
	})
}

// in is an image of some architecture.
type in struct {
	*providertest.Image
	info image.Info
}

func (i in) Info(context.Context) (image.Info, error) { return i.info, nil }

func TestInfo(t *testing.T) {
	p, host := Provider(), providertest.NewHost(t, map[string]string{"a/lcu.msu": msuOf(false, lcu(4000))})
	want, err := p.Resolved(t.Context(), host, checked(t, p, object{"source": str("a/lcu.msu")}))
	if err != nil {
		t.Fatal(err)
	}
	m := providertest.NewImage(t, nil, false)
	for _, tt := range []struct {
		info image.Info
		says string
	}{
		{image.Info{Arch: "arm64", Version: "10.0.26100.1"}, "is for amd64, and the image is one for arm64"},
		{image.Info{Arch: "amd64", Version: "10.0.22631.1"}, "the image holds build 22631"},
		{image.Info{Arch: "AMD64", Version: "10.0.26100.1"}, ""},
		{image.Info{}, ""},
	} {
		_, err := p.Found(t.Context(), in{m, tt.info}, want)
		var problem *providers.Problem
		if tt.says == "" && err != nil || tt.says != "" && (!errors.As(err, &problem) || problem.Attr != "source" || !strings.Contains(problem.Detail, tt.says)) {
			t.Errorf("%+v: %v, want %q", tt.info, err, tt.says)
		}
	}
	c := providers.Change{Action: providers.Create, Want: want}
	if err := p.Way("first-boot").Check(t.Context(), in{m, image.Info{InstallationType: "WindowsPE"}}, c); err == nil {
		t.Error("Windows PE has a first boot")
	}
}

// TestPlace resolves packages and asks for their phases.
func TestPlace(t *testing.T) {
	packages := map[string]struct {
		m    made
		want providers.Phase
	}{
		"a/ssu.cab": {ssu(1), providers.PhaseServicing},
		"a/lcu.cab": {lcu(1), providers.PhasePackage},
		"a/net.cab": {made{name: "Package_for_DotNetRollup", version: "10.0.1.1", release: "Update"}, providers.PhaseDotNet},
		"a/fod.cab": {made{name: "Microsoft-Windows-LanguageFeatures-Basic-de-de-Package", version: "10.0.26100.1", release: "OnDemand Pack"}, providers.PhaseCapability},
		"a/lp.cab":  {made{name: "Microsoft-Windows-Client-LanguagePack-Package", version: "10.0.26100.1", release: "Language Pack"}, providers.PhaseLanguage},
		"a/fix.cab": {made{name: "Package_for_KB5001234", version: "10.0.1.1", release: "Hotfix"}, providers.PhasePackage},
	}
	payloads := map[string]string{}
	for name, p := range packages {
		payloads[name] = p.m.cab()
	}
	p, host := Provider(), providertest.NewHost(t, payloads)
	for name, tt := range packages {
		want, err := p.Resolved(t.Context(), host, checked(t, p, object{"source": str(name)}))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.PhaseOf(want, false); got != tt.want {
			t.Errorf("%s is of phase %d, want %d", name, got, tt.want)
		}
		if got := p.PhaseOf(want, true); got != providers.PhaseRemoval {
			t.Errorf("%s is removed in phase %d", name, got)
		}
		earlier := func(action providers.Action, want cty.Value) []providers.Earlier {
			return []providers.Earlier{p.Earlier(dsl.Addr{}, action, want, providers.Effect{})}
		}
		brings := tt.want == providers.PhaseCapability || tt.want == providers.PhaseLanguage
		update, err := p.Resolved(t.Context(), host, checked(t, p, object{"source": str("a/lcu.cab")}))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Again(update, earlier(providers.Create, want)); (got != "") != brings {
			t.Errorf("an update after %s is installed again: %q", name, got)
		}
		if got := p.Again(want, []providers.Earlier{{Facts: []providers.Fact{providers.Serviced{Components: true}}}}); (got != "") != (name == "a/lcu.cab") {
			t.Errorf("%s after new components is installed again: %q", name, got)
		}
		if got := p.Again(update, earlier(providers.Delete, want)); got != "" {
			t.Errorf("installed again: %q", got)
		}
	}
}

// TestAgain queues an update that the image has already: it is not asked for first.
func TestAgain(t *testing.T) {
	p, host := Provider(), providertest.NewHost(t, map[string]string{"a/lcu.cab": lcu(4000).cab()})
	want, err := p.Resolved(t.Context(), host, checked(t, p, object{"source": str("a/lcu.cab")}))
	if err != nil {
		t.Fatal(err)
	}
	m := providertest.NewImage(t, windows(t, recorded(lcu(4000).identity(), installed, 1)), true)
	have, err := p.Found(t.Context(), m, want)
	if err != nil || have.GetAttr("applies").AsString() != "now" {
		t.Fatal(have, err)
	}
	if err := p.Way("first-boot").Apply(t.Context(), m, host, []providers.Change{{Action: providers.Update, Want: want, Have: providers.There(have)}}); err != nil {
		t.Fatal(err)
	}
	queues(`350 Install KB5054000 (Package_for_RollupFix) +lcu.cab | /Add-Package /PackagePath:*\lcu.cab | not asked`)(t, m)
}

// TestAgainOlder refuses what Windows would pass over: an update that is needed
// again, but is older than the one that the image has.
func TestAgainOlder(t *testing.T) {
	p, host := Provider(), providertest.NewHost(t, map[string]string{"a/lcu.cab": lcu(4000).cab()})
	want, err := p.Resolved(t.Context(), host, checked(t, p, object{"source": str("a/lcu.cab")}))
	if err != nil {
		t.Fatal(err)
	}
	for held, refused := range map[int]bool{3000: false, 4000: false, 5000: true} {
		m := providertest.NewImage(t, windows(t, recorded(lcu(held).identity(), installed, 1)), true)
		have, err := p.Found(t.Context(), m, want)
		if err != nil {
			t.Fatal(err)
		}
		err = p.Way("first-boot").Check(t.Context(), m, providers.Change{Action: providers.Update, Want: want, Have: providers.There(have)})
		if refused != (err != nil && strings.Contains(err.Error(), lcu(5000).identity())) {
			t.Errorf("in an image with revision %d: %v", held, err)
		}
	}
}

// TestQueued looks at what is queued: an older version is replaced, what shall be
// absent is taken out, and a payload that changed is refused.
func TestQueued(t *testing.T) {
	p, host := Provider(), providertest.NewHost(t, map[string]string{"a/old.cab": lcu(3000).cab(), "a/new.cab": lcu(4000).cab()})
	m := providertest.NewImage(t, windows(t), true)
	resolved := func(source string) cty.Value {
		want, err := p.Resolved(t.Context(), host, checked(t, p, object{"source": str(source)}))
		if err != nil {
			t.Fatal(err)
		}
		return want
	}
	old, new := resolved("a/old.cab"), resolved("a/new.cab")
	apply := func(action providers.Action, want cty.Value) error {
		return p.Way("first-boot").Apply(t.Context(), m, host, []providers.Change{{Action: action, Want: want}})
	}
	if err := apply(providers.Create, old); err != nil {
		t.Fatal(err)
	}
	have, err := p.Found(t.Context(), m, new)
	if err != nil || have.GetAttr("identity").AsString() != lcu(3000).identity() || have.GetAttr("applies").AsString() != "at first boot" {
		t.Errorf("queued is %#v, %v", have, err)
	}
	if err := apply(providers.Update, new); err != nil {
		t.Fatal(err)
	}
	queues(`350 Install KB5054000 (Package_for_RollupFix) +new.cab | /Add-Package /PackagePath:*\new.cab`)(t, m)

	absent, err := p.Checked(providertest.Value(t, p, object{"kb": str("KB5054000")}), true)
	if err != nil {
		t.Fatal(err)
	}
	if have, err := p.Found(t.Context(), m, absent); err != nil || have.IsNull() {
		t.Errorf("queued, it is absent: %v", err)
	}
	if err := apply(providers.Delete, absent); err != nil {
		t.Fatal(err)
	}
	queues("")(t, m)

	host.Put(t, "a/new.cab", lcu(4001).cab())
	if err := apply(providers.Create, new); err == nil || !strings.Contains(err.Error(), "plan again") {
		t.Errorf("a payload that was changed: %v", err)
	}
}

func TestList(t *testing.T) {
	files := windows(t, recorded(lcu(4000).identity(), installed, 1), recorded(ssu(1).identity(), 0x1234, 2))
	files["Windows/servicing/Packages/"+lcu(4000).identity()+".mum"] = []byte(lcu(4000).mum())
	all, err := Provider().List(t.Context(), providertest.NewImage(t, files, false))
	if err != nil || len(all) != 3 {
		t.Fatalf("%d packages, %v", len(all), err)
	}
	want := map[string][]string{
		foundation:           {"other?", "installed", ""},
		lcu(4000).identity(): {"cumulative", "installed", "KB5054000"},
		ssu(1).identity():    {"servicing_stack", "unknown", ""},
	}
	for _, v := range all {
		get := func(name string) string {
			if a := v.GetAttr(name); !a.IsNull() {
				return a.AsString()
			}
			return ""
		}
		w := want[get("identity")]
		if get("kind") != strings.TrimSuffix(w[0], "other?") || get("state") != w[1] || get("kb") != w[2] || get("arch") != "amd64" {
			t.Errorf("%#v, want %q", v, w)
		}
	}
}
