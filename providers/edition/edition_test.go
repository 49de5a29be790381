package edition

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

// No key of any edition: it has letters that keys do not have.
const sampleKey = "AAAAA-EEEEE-IIIII-OOOOO-UUUUU"

func windows(t testing.TB, edition, installation string) map[string][]byte {
	t.Helper()
	files := regimage.Hives(t, fmt.Sprintf("[HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n\"EditionID\"=%q\n\"InstallationType\"=%q\n", edition, installation))
	files[matrixFile] = []byte(`<?xml version="1.0" encoding="utf-8"?><TmiMatrix xmlns="urn:x"><Edition ID="Core" name="x"><Target ID="Professional"/></Edition>` +
		`<Edition ID="ServerStandard"><Target ID="ServerDatacenter"/></Edition><Edition ID="Professional"/><Edition ID="Last"/></TmiMatrix>`)
	files[mappingsFile] = []byte(`<WindowsEditions><Edition virtual="true"><Name> Education </Name><ParentEdition>Professional</ParentEdition></Edition>` +
		`<Edition virtual="true"><Name>Enterprise</Name><ParentEdition>Professional</ParentEdition></Edition></WindowsEditions>`)
	return files
}

func to(name string) object { return object{"name": str(name), "product_key": str(sampleKey)} }

func TestSuite(t *testing.T) {
	server := to("ServerDatacenter")
	server["accept_eula"] = cty.True
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "same", Image: windows(t, "Core", "Client"), Set: object{"name": str("core")}, Unchanged: true, Keep: true},
		{Name: "same, with a key", Image: windows(t, "Core", "Client"), Set: to("Core"), Unchanged: true, Keep: true},
		{Name: "client", Image: windows(t, "Core", "Client"), Set: to("Professional"), Keep: true, After: func(t *testing.T, m *providertest.Image) {
			j := only(t, m)
			if c := j.Commands[0]; c.Program != "changepk.exe" || !slices.Equal(c.Args, []string{"/ProductKey", "%PRODUCT_KEY%"}) || !c.Restarts || j.When != image.AfterSetup || j.Environment[variable] != sampleKey {
				t.Errorf("job %+v", j)
			}
			a, _ := m.QueuedActions()
			if strings.Contains(string(a[0].Script), sampleKey) || !strings.Contains(string(a[0].Script), `changepk.exe "/ProductKey" "%PRODUCT_KEY%"`) {
				t.Errorf("script\n%s", a[0].Script)
			}
		}},
		{Name: "licence alone", Image: windows(t, "Professional", "Client"), Set: to("Education"), Keep: true, After: slmgr},
		{Name: "licence alone, back", Image: windows(t, "Education", "Client"), Set: to("Professional"), Keep: true, After: slmgr},
		{Name: "licence alone, of one", Image: windows(t, "Education", "Client"), Set: to("Enterprise"), Keep: true, After: slmgr},
		{Name: "made of another", Image: windows(t, "Core", "Client"), Set: to("Education"), Keep: true},
		{Name: "not in the matrix", Image: windows(t, "CoreN", "Client"), Set: to("ProfessionalN"), Keep: true},
		{Name: "server", Image: windows(t, "ServerStandard", "Server Core"), Set: server, Keep: true, After: func(t *testing.T, m *providertest.Image) {
			if got := strings.Join(only(t, m).Commands[0].Args, " "); got != "/Set-Edition:ServerDatacenter /ProductKey:%PRODUCT_KEY% /AcceptEula" {
				t.Errorf("command %s", got)
			}
		}},
	})
}

// slmgr checks that the key is installed, and nothing else done, within Setup.
func slmgr(t *testing.T, m *providertest.Image) {
	j := only(t, m)
	if c := j.Commands[0]; c.Program != "cscript.exe" || !slices.Equal(c.Args, []string{"//B", "//NoLogo", "slmgr.vbs", "/ipk", "%PRODUCT_KEY%"}) || c.Restarts || j.When != image.AtOnce {
		t.Errorf("job %+v", j)
	}
}

func only(t *testing.T, m *providertest.Image) bootjob.Job {
	t.Helper()
	list, err := bootjob.Jobs(m)
	if err != nil || len(list) != 1 {
		t.Fatalf("queue %v, %v", list, err)
	}
	return list[0]
}

func TestRefusals(t *testing.T) {
	img := windows(t, "Core", "Client")
	providertest.Refuse(t, Provider(), []providertest.Refusal{
		{Name: "absent", Image: img, Set: to("Core"), Absent: true, Says: "instead of ensure"},
		{Name: "name", Image: img, Set: to("Windows 11 Pro"), Attr: "name", Says: "ID of an edition"},
		{Name: "key", Image: img, Set: object{"name": str("Core"), "product_key": str("12345")}, Attr: "product_key", Says: "five groups"},
		{Name: "no edition", Set: to("Core"), Attr: "name", Says: "does not say which edition"},
	})
}

func TestImpossible(t *testing.T) {
	for _, c := range []struct {
		from, installation string
		set                object
		attr, says         string
	}{
		{"Core", "Client", to("ServerStandard"), "name", "it can become Professional, Education, Enterprise"},
		{"Last", "Client", to("Professional"), "name", "can't become another"},
		{"Core", "Client", object{"name": str("Professional")}, "product_key", "KMS"},
		{"ServerStandard", "Server", to("ServerDatacenter"), "accept_eula", "accept_eula = true"},
		{"Core", "Client", to("Professional"), "", ""},
		{"Unlisted", "Client", to("ServerStandard"), "name", "of a client"},
		{"ServerUnlisted", "Server", to("Professional"), "name", "no edition of Windows Server"},
		{"Unlisted", "Client", to("ServerRdsh"), "", ""},
	} {
		p := Provider()
		want, err := p.Checked(providertest.Value(t, p, c.set), false)
		if err != nil {
			t.Fatal(err)
		}
		m := providertest.NewImage(t, windows(t, c.from, c.installation), false)
		err = p.Way("first-boot").Check(t.Context(), m, providers.Change{Action: providers.Update, Want: want})
		if c.says == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		found := slices.ContainsFunc(providers.Problems(err), func(e error) bool {
			problem, ok := e.(*providers.Problem)
			return ok && problem.Attr == c.attr && strings.Contains(problem.Detail, c.says)
		})
		if !found {
			t.Errorf("%s to %v: %v", c.from, c.set["name"].AsString(), err)
		}
	}
}

// TestBack checks that an image that shall stay what it is has nothing queued.
func TestBack(t *testing.T) {
	p, m := Provider(), providertest.NewImage(t, windows(t, "Core", "Client"), true)
	for _, name := range []string{"Professional", "Core"} {
		want, err := p.Checked(providertest.Value(t, p, to(name)), false)
		if err == nil {
			err = p.Way("first-boot").Apply(t.Context(), m, nil, []providers.Change{{Action: providers.Update, Want: want}})
		}
		if err != nil {
			t.Fatal(err)
		}
		have, err := p.Found(t.Context(), m, want)
		if err != nil || have.GetAttr("name").AsString() != name || have.GetAttr("current").AsString() != "Core" {
			t.Errorf("%s: %#v, %v", name, have, err)
		}
	}
	if _, err := m.Stat(image.FirstBootFolder); err == nil {
		t.Error("the queue is not empty")
	}
}

func TestKeyIsNotTold(t *testing.T) {
	p := Provider()
	_, err := p.Checked(providertest.Value(t, p, object{"name": str("Core"), "product_key": str("hunter2")}), false)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error is %v", err)
	}
	all, err := p.List(t.Context(), providertest.NewImage(t, windows(t, "Core", "Client"), false))
	if err != nil || len(all) != 1 || !all[0].GetAttr("product_key").IsNull() {
		t.Errorf("list %#v, %v", all, err)
	}
}
