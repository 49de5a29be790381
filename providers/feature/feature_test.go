package feature

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func of(name string) object { return object{"name": str(name)} }

const (
	cbs        = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	foundation = "Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.26100.1"
	manifest   = `<assembly><assemblyIdentity name="Microsoft-Windows-Foundation-Package" version="10.0.26100.1" processorArchitecture="amd64" language="neutral" publicKeyToken="31bf3856ad364e35"/>` +
		`<package identifier="Foundation" releaseType="Foundation"><update name="IIS-WebServer"><applicable disposition="detect"><detectUpdate><update name="IIS-WebServerRole"/></detectUpdate></applicable>` +
		`<selectable disposition="staged"><detectNone default="false"/></selectable></update></package></assembly>`
)

// windows is an image with features, by their states.
func windows(t testing.TB, states map[string]uint32) map[string][]byte {
	t.Helper()
	text := fmt.Sprintf("[%s\\Packages\\%s]\n\"CurrentState\"=dword:70\n\n[%s\\Packages\\%s\\Updates]\n", cbs, foundation, cbs, foundation)
	for _, name := range []string{"TelnetClient", "SMB1Protocol", "NetFx3", "IIS-WebServer", "IIS-WebServerRole", "Odd", "Going", "Coming"} {
		text += fmt.Sprintf("%q=dword:%x\n", name, states[name])
	}
	files := regimage.Hives(t, text)
	files["Windows/servicing/Packages/"+foundation+".mum"] = []byte(manifest)
	return files
}

func usual() map[string]uint32 {
	return map[string]uint32{"TelnetClient": 0x40, "SMB1Protocol": 0x70, "NetFx3": 0x20, "IIS-WebServer": 0x40, "IIS-WebServerRole": 0x40, "Odd": 0x1004, "Going": 5, "Coming": 0x60}
}

// jobs returns a line of each job in the queue.
func jobs(t testing.TB, m *providertest.Image) []string {
	t.Helper()
	list, err := bootjob.Jobs(m)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, j := range list {
		lines = append(lines, strings.Join(j.Commands[0].Args, " "))
	}
	return lines
}

func expect(lines ...string) func(*testing.T, *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		if got := jobs(t, m); !slices.Equal(got, lines) {
			t.Errorf("queue\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
		}
	}
}

func TestSuite(t *testing.T) {
	img := windows(t, usual())
	sxs := map[string]string{"sxs/a.cab": "cabinet", "sxs/deep/b.cab": "other"}
	cases := []providertest.Case{
		{Name: "enable", Set: of("telnetclient"), After: expect("/Enable-Feature /FeatureName:TelnetClient")},
		{Name: "enabled", Set: of("SMB1Protocol"), Unchanged: true},
		{Name: "will be enabled", Set: of("Coming"), Unchanged: true},
		{Name: "will be disabled", Set: of("Going"), After: expect("/Enable-Feature /FeatureName:Going")},
		{Name: "with parents", Set: object{"name": str("IIS-WebServer"), "all": cty.True}, After: expect("/Enable-Feature /FeatureName:IIS-WebServer /All")},
		{Name: "unknown state", Set: of("Odd"), After: expect("/Enable-Feature /FeatureName:Odd")},
		{Name: "with source", Set: object{"name": str("NetFx3"), "source": str("sxs")}, Payloads: sxs, After: func(t *testing.T, m *providertest.Image) {
			list, err := bootjob.Jobs(m)
			if err != nil || len(list) != 1 || len(list[0].Payloads) != 1 || list[0].Stage != bootjob.StageDotNet {
				t.Fatalf("queue %+v, %v", list, err)
			}
			p := list[0].Payloads[0]
			if got := list[0].Commands[0].Args[2]; got != "/Source:"+p.Path("") {
				t.Errorf("source %s", got)
			}
			for _, f := range p.Files {
				if _, err := m.Stat(p.Folder() + "/" + f.Name); err != nil {
					t.Error(err)
				}
			}
		}},
		{Name: "disable", Set: of("SMB1Protocol"), Absent: true, After: expect("/Disable-Feature /FeatureName:SMB1Protocol")},
		{Name: "disable what will be enabled", Set: of("Coming"), Absent: true, After: expect("/Disable-Feature /FeatureName:Coming")},
		{Name: "disabled", Set: of("TelnetClient"), Absent: true, Unchanged: true},
		{Name: "none such", Set: of("Windows-Defender-ApplicationGuard"), Absent: true, Unchanged: true},
		{Name: "remove payload", Set: object{"name": str("TelnetClient"), "remove_payload": cty.True}, Absent: true,
			After: expect("/Disable-Feature /FeatureName:TelnetClient /Remove")},
		{Name: "payload removed", Set: object{"name": str("NetFx3"), "remove_payload": cty.True}, Absent: true, Unchanged: true},
		{Name: "payload not to be removed", Set: object{"name": str("NetFx3"), "remove_payload": cty.False}, Absent: true, Unchanged: true},
	}
	for i := range cases {
		cases[i].Image = img
	}
	providertest.Run(t, Provider(), cases)
}

func TestRefusals(t *testing.T) {
	img := windows(t, usual())
	refusals := []providertest.Refusal{
		{Name: "empty", Set: of(""), Attr: "name", Says: "empty"},
		{Name: "wildcard", Set: of("IIS-*"), Attr: "name", Says: "for_each"},
		{Name: "blank", Set: of("a b"), Attr: "name", Says: "letters, digits"},
		{Name: "slip", Set: of("SMB1Protokol"), Attr: "name", Says: `did you mean "SMB1Protocol"`},
		{Name: "slip, absent", Set: of("SMB1Protokol"), Absent: true, Attr: "name", Says: `did you mean "SMB1Protocol"`},
		{Name: "unknown", Set: of("Windows-Defender-ApplicationGuard"), Attr: "name", Says: "capability"},
		{Name: "no files", Set: object{"name": str("NetFx3"), "source": str("none")}, Attr: "source", Says: "no folder"},
		{Name: "a file", Set: object{"name": str("NetFx3"), "source": str("f")}, Payloads: map[string]string{"f": ""}, Attr: "source", Says: "a folder is needed"},
		{Name: "name of a file", Set: object{"name": str("NetFx3"), "source": str("odd")}, Payloads: map[string]string{"odd/größe.cab": ""}, Attr: "source", Says: "rename"},
		{Name: "empty source", Set: object{"name": str("NetFx3"), "source": str("")}, Attr: "source", Says: "empty"},
		{Name: "remove what shall be there", Set: object{"name": str("NetFx3"), "remove_payload": cty.True}, Attr: "remove_payload", Says: "absent"},
	}
	for i := range refusals {
		refusals[i].Image = img
	}
	refusals = append(refusals, providertest.Refusal{Name: "no features", Set: of("NetFx3"), Attr: "name", Says: "Windows PE"})
	providertest.Refuse(t, Provider(), refusals)
}

func change(t *testing.T, set object, action providers.Action) providers.Change {
	t.Helper()
	p := Provider()
	want, err := p.Checked(providertest.Value(t, p, set), action == providers.Delete)
	if err != nil {
		t.Fatal(err)
	}
	return providers.Change{Action: action, Want: want}
}

// TestImpossible checks what the plan says of features that DISM would refuse.
func TestImpossible(t *testing.T) {
	m := providertest.NewImage(t, windows(t, usual()), true)
	for _, c := range []struct {
		set        object
		attr, says string
	}{
		{of("IIS-WebServer"), "all", `"IIS-WebServerRole"`},
		{of("NetFx3"), "source", `sources\sxs`},
		{of("IIS-WebServerRole"), "", ""},
		{object{"name": str("IIS-WebServer"), "all": cty.True}, "", ""},
	} {
		err := Provider().Way("first-boot").Check(t.Context(), m, change(t, c.set, providers.Create))
		problem, _ := err.(*providers.Problem)
		if c.says == "" && err != nil || c.says != "" && (problem == nil || problem.Attr != c.attr || !strings.Contains(problem.Detail, c.says)) {
			t.Errorf("%v: %v", c.set, err)
		}
	}
	host := providertest.NewHost(t, nil)
	if err := Provider().Way("first-boot").Apply(t.Context(), m, host, []providers.Change{change(t, of("IIS-WebServerRole"), providers.Create)}); err != nil {
		t.Fatal(err)
	}
	if err := Provider().Way("first-boot").Check(t.Context(), m, change(t, of("IIS-WebServer"), providers.Create)); err != nil {
		t.Errorf("the parent is queued: %v", err)
	}
	// Of the two the child runs first, by its name.
	if err := Provider().Way("first-boot").Apply(t.Context(), m, host, []providers.Change{change(t, of("IIS-WebServer"), providers.Create)}); err != nil {
		t.Fatal(err)
	}
	expect("/Enable-Feature /FeatureName:IIS-WebServer /All", "/Enable-Feature /FeatureName:IIS-WebServerRole")(t, m)
}

// TestParentOfThePlan takes for enabled a parent that an earlier change enables, for DISM
// only one that it enables now.
func TestParentOfThePlan(t *testing.T) {
	m, p := providertest.NewImage(t, windows(t, usual()), true), Provider()
	c, parent := change(t, of("IIS-WebServer"), providers.Create), change(t, of("iis-webserverrole"), providers.Create)
	for _, tt := range []struct {
		way    string
		action providers.Action
		effect providers.Effect
		fine   bool
	}{
		{"dism", providers.Create, providers.Now("by DISM"), true},
		{"dism", providers.Create, providers.AtFirstBoot(), false},
		{"dism", providers.Delete, providers.Now("by DISM"), false},
		{"first-boot", providers.Create, providers.AtFirstBoot(), true},
	} {
		c.Earlier = []providers.Earlier{p.Earlier(parent.Addr, tt.action, parent.Want, tt.effect)}
		if err := p.Way(tt.way).Check(t.Context(), m, c); (err == nil) != tt.fine {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

// TestLaterWins checks that the contrary of what is queued replaces it, and that
// nothing is queued that the image has.
func TestLaterWins(t *testing.T) {
	m, host, p := providertest.NewImage(t, windows(t, usual()), true), providertest.NewHost(t, nil), Provider()
	for _, step := range []struct {
		name   string
		action providers.Action
		queue  []string
	}{
		{"TelnetClient", providers.Create, []string{"/Enable-Feature /FeatureName:TelnetClient"}},
		{"TelnetClient", providers.Delete, nil},
		{"SMB1Protocol", providers.Delete, []string{"/Disable-Feature /FeatureName:SMB1Protocol"}},
		{"SMB1Protocol", providers.Create, nil},
	} {
		c := change(t, of(step.name), step.action)
		if err := p.Way("first-boot").Apply(t.Context(), m, host, []providers.Change{c}); err != nil {
			t.Fatal(err)
		}
		expect(step.queue...)(t, m)
		have, err := p.Found(t.Context(), m, c.Want)
		if err != nil || have.IsNull() != (step.action == providers.Delete) {
			t.Errorf("%s %s: %#v, %v", step.action, step.name, have, err)
		}
	}
	if _, err := m.Stat(image.FirstBootFolder); err == nil {
		t.Error("an empty queue leaves its folder")
	}
}

// TestSourceChanged checks that other files are copied in place of those queued.
func TestSourceChanged(t *testing.T) {
	m, p := providertest.NewImage(t, windows(t, usual()), true), Provider()
	host := providertest.NewHost(t, map[string]string{"sxs/a.cab": "one"})
	set := object{"name": str("NetFx3"), "source": str("sxs")}
	resolved := func() providers.Change {
		c := change(t, set, providers.Create)
		want, err := p.Resolved(t.Context(), host, c.Want)
		if err != nil {
			t.Fatal(err)
		}
		c.Want = want
		return c
	}
	apply := func(c providers.Change) {
		if err := p.Way("first-boot").Apply(t.Context(), m, host, []providers.Change{c}); err != nil {
			t.Fatal(err)
		}
		m.Flush(t)
	}
	apply(resolved())
	first, _ := m.ReadDir(image.FirstBootFolder + "/payload")
	host.Put(t, "sxs/a.cab", "two")
	c := resolved()
	have, err := p.Found(t.Context(), m, c.Want)
	if err != nil || have.GetAttr("digest").RawEquals(c.Want.GetAttr("digest")) {
		t.Errorf("other files make no difference: %v", err)
	}
	apply(c)
	second, err := m.ReadDir(image.FirstBootFolder + "/payload")
	if err != nil || len(first) != 1 || len(second) != 1 || first[0].Name() == second[0].Name() {
		t.Errorf("payloads %v, then %v, %v", first, second, err)
	}

	host.Put(t, "sxs/a.cab", "three")
	err = p.Way("first-boot").Apply(t.Context(), m, host, []providers.Change{c})
	if err == nil || !strings.Contains(err.Error(), "plan again") {
		t.Errorf("files that were changed since the plan: %v", err)
	}
}

func TestList(t *testing.T) {
	all, err := Provider().List(t.Context(), providertest.NewImage(t, windows(t, usual()), false))
	if err != nil || len(all) != 8 {
		t.Fatal(all, err)
	}
	got := map[string]string{}
	for _, v := range all {
		got[v.GetAttr("name").AsString()] = v.GetAttr("state").AsString()
	}
	for name, want := range map[string]string{"TelnetClient": "disabled", "SMB1Protocol": "enabled", "NetFx3": payloadRemoved, "Odd": "unknown", "Going": disablePending, "Coming": enablePending} {
		if got[name] != want {
			t.Errorf("%s is %s, want %s", name, got[name], want)
		}
	}
}

func TestPhases(t *testing.T) {
	p := Provider()
	for _, c := range []struct {
		name   string
		absent bool
		want   providers.Phase
	}{{"TelnetClient", false, providers.PhaseFeature}, {"netfx3", false, providers.PhaseDotNet}, {"NetFx3", true, providers.PhaseRemoval}} {
		want, _ := p.Checked(providertest.Value(t, p, of(c.name)), c.absent)
		if got := p.PhaseOf(want, c.absent); got != c.want {
			t.Errorf("%s: phase %d", c.name, got)
		}
	}
}
