package security

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

// today is the day of the run in these tests.
func today() time.Time { return time.Date(2025, 3, 31, 12, 0, 0, 0, time.UTC) }

// hiveFile makes a hive of keys with values; a number is a REG_DWORD.
func hiveFile(t *testing.T, keys map[string]map[string]any) []byte {
	t.Helper()
	h := hive.New(hive.NewOptions{})
	at := nt.TimeOf(today())
	for name, values := range keys {
		k, err := h.Root().CreateSubkey(name, at)
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range values {
			switch v := v.(type) {
			case string:
				err = k.Set(name, hive.RegSZ, hive.EncodeString(v), at)
			case uint32:
				err = k.Set(name, hive.RegDword, hive.EncodeUint32(v), at)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	data, err := h.Bytes(hive.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// updated is an image with packages that were installed so many days ago.
func updated(t *testing.T, days map[string]int, state servicing.State) map[string][]byte {
	keys := map[string]map[string]any{}
	for name, n := range days {
		at := uint64(nt.TimeOf(today().AddDate(0, 0, -n)))
		keys[`Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages\`+name] = map[string]any{
			"CurrentState": uint32(state), "InstallTimeHigh": uint32(at >> 32), "InstallTimeLow": uint32(at),
		}
	}
	return map[string][]byte{"Windows/System32/config/SOFTWARE": hiveFile(t, keys)}
}

const (
	rollup = "Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.%d.1.1"
	dotnet = "Package_for_DotNetRollup~31bf3856ad364e35~amd64~~10.0.9290.1"
)

// verified reads a policy, has it verified, and returns what was read and the fault.
func verified(t *testing.T, m *providertest.Image, set object) (cty.Value, string) {
	t.Helper()
	p := provider(today)
	want, err := p.Checked(providertest.Value(t, p, set), false)
	if err != nil {
		t.Fatal(err)
	}
	have, err := p.Found(t.Context(), m, want)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Ways[0].Apply(t.Context(), m, nil, []providers.Change{{Action: providers.Update, Want: want, Have: providers.There(have)}})
	if err == nil {
		if !have.RawEquals(want) {
			t.Errorf("it is verified, but reads %#v", have)
		}
		return have, ""
	}
	return have, err.Error()
}

func TestAge(t *testing.T) {
	old, fresh := fmt.Sprintf(rollup, 1742), fmt.Sprintf(rollup, 3476)
	for _, c := range []struct {
		name     string
		days     map[string]int
		state    servicing.State
		max, age string // age: empty if it is not too old
		says     string
	}{
		{"new", map[string]int{old: 200, fresh: 19}, servicing.Installed, "45d", "", ""},
		{"pending", map[string]int{fresh: 19}, servicing.InstallPending, "45d", "", ""},
		{"to the day", map[string]int{fresh: 45}, servicing.Installed, "45d", "", ""},
		{"a day too old", map[string]int{fresh: 46, old: 200}, servicing.Installed, "45d", "46d", "46d old"},
		{"only staged", map[string]int{fresh: 19}, servicing.Staged, "45d", "unknown", "holds no cumulative update"},
		{"another update", map[string]int{dotnet: 1}, servicing.Installed, "45d", "unknown", "holds no cumulative update"},
		{"in the future", map[string]int{fresh: -3}, servicing.Installed, "1d", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := providertest.NewImage(t, updated(t, c.days, c.state), false)
			have, fault := verified(t, m, object{attrAge: str(c.max)})
			want := c.max
			if c.age != "" {
				want = c.age
			}
			if got := have.GetAttr(attrAge).AsString(); got != want {
				t.Errorf("reads %q, want %q", got, want)
			}
			if (fault == "") != (c.says == "") || !strings.Contains(fault, c.says) {
				t.Errorf("the fault is %q, should say %q", fault, c.says)
			}
		})
	}
}

// TestQueuedUpdate takes an update that is queued for the first boot as new.
func TestQueuedUpdate(t *testing.T) {
	m := providertest.NewImage(t, updated(t, map[string]int{fmt.Sprintf(rollup, 1742): 200}, servicing.Installed), true)
	job := bootjob.Job{
		Kind: "package", Name: "Package_for_RollupFix~31bf3856ad364e35~amd64~", Title: "Install", Stage: bootjob.StagePackage,
		Commands: []bootjob.Command{{Args: []string{"/Add-Package", "/PackagePath:C:\\update.msu"}}},
	}
	if err := bootjob.Queue(t.Context(), m, job); err != nil {
		t.Fatal(err)
	}
	if _, fault := verified(t, m, object{attrAge: str("45d")}); fault != "" {
		t.Errorf("the fault is %q", fault)
	}
	job.Absent = true
	if err := bootjob.Queue(t.Context(), m, job); err != nil {
		t.Fatal(err)
	}
	if _, fault := verified(t, m, object{attrAge: str("45d")}); !strings.Contains(fault, "200d old") {
		t.Errorf("with its removal queued the fault is %q", fault)
	}
}

func TestSignedDrivers(t *testing.T) {
	driver := func(key, published, signer string) map[string]map[string]any {
		values := map[string]any{"": published, "InfName": "nic.inf", "Provider": "Contoso"}
		if signer != "" {
			values["SignerName"] = signer
		}
		return map[string]map[string]any{`DriverDatabase\DriverPackages\` + key: values}
	}
	for _, c := range []struct {
		name   string
		keys   map[string]map[string]any
		signed bool
	}{
		{"signed", driver("nic.inf_amd64_0123456789abcdef", "oem1.inf", "Microsoft Windows Hardware Compatibility Publisher"), true},
		{"unsigned", driver("nic.inf_amd64_0123456789abcdef", "oem1.inf", ""), false},
		{"of Windows", driver("nic.inf_amd64_0123456789abcdef", "nic.inf", ""), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := providertest.NewImage(t, map[string][]byte{"Windows/System32/config/SYSTEM": hiveFile(t, c.keys)}, false)
			have, fault := verified(t, m, object{attrSigned: cty.True})
			if have.GetAttr(attrSigned).True() != c.signed {
				t.Errorf("reads %#v", have.GetAttr(attrSigned))
			}
			if c.signed != (fault == "") || !c.signed && !strings.Contains(fault, "oem1.inf (nic.inf)") {
				t.Errorf("the fault is %q", fault)
			}
			if _, fault := verified(t, m, object{attrSigned: cty.False}); fault != "" {
				t.Errorf("not asked for, the fault is %q", fault)
			}
		})
	}
}

func TestAgain(t *testing.T) {
	p := provider(today)
	want := providertest.Value(t, p, object{attrSigned: cty.True})
	drivers := []providers.Earlier{{Facts: []providers.Fact{providers.Drivers{}}}}
	updates := []providers.Earlier{{Facts: []providers.Fact{providers.Updates{}}}}
	if p.Again(want, drivers) == "" {
		t.Error("drivers that are added are not verified")
	}
	if why := p.Again(want, updates); why != "" {
		t.Errorf("verified again because %s", why)
	}
	if p.Again(providertest.Value(t, p, object{attrAge: str("45d")}), updates) == "" {
		t.Error("the age of updates is not verified after one")
	}
	if why := p.Again(providertest.Value(t, p, object{"rdp": str("disabled")}), drivers); why != "" {
		t.Errorf("without policies verified again because %s", why)
	}
}

func TestRefusals(t *testing.T) {
	p := provider(today)
	providertest.Refuse(t, p, []providertest.Refusal{
		{Name: "nothing", Set: object{}, Says: "microsoft-24h2"},
		{Name: "absent", Set: object{"rdp": str("disabled")}, Absent: true, Says: "unmanaged"},
		{Name: "age in weeks", Set: object{attrAge: str("6w")}, Attr: attrAge, Says: `"45d"`},
		{Name: "age of no day", Set: object{attrAge: str("0d")}, Attr: attrAge, Says: `"45d"`},
		{Name: "number", Set: object{"inactivity_lock": str("soon")}, Attr: "inactivity_lock", Says: "whole number of seconds"},
		{Name: "number out of range", Set: object{"bitlocker_min_pin": cty.NumberIntVal(3)}, Attr: "bitlocker_min_pin", Says: "from 4 to 20"},
		{Name: "relative folder", Set: object{"powershell_transcription_folder": str("logs")}, Attr: "powershell_transcription_folder", Says: "absolute"},
		{Name: "slashes", Set: object{"powershell_transcription_folder": str("C:/logs")}, Attr: "powershell_transcription_folder", Says: "absolute"},
		{Name: "two lines", Set: object{"powershell_transcription_folder": str("C:\\logs\nx")}, Attr: "powershell_transcription_folder", Says: "can't have"},
		{Name: "quotation mark", Set: object{"powershell_transcription_folder": str(`C:\a" b`)}, Attr: "powershell_transcription_folder", Says: "can't have"},
		{Name: "no version of SMB", Set: object{"smb_server_min_version": str("3.1.1"), "smb_server_max_version": str("2.1.0")}, Attr: "smb_server_max_version", Says: "no version"},
		{Name: "no version of SMB with the baseline", Set: object{"baseline": str("microsoft-25h2"), "smb_client_max_version": str("2.1.0")}, Attr: "smb_client_max_version", Says: "3.0.0"},
		{Name: "no server", Set: object{"update_server": str("wsus")}, Attr: "update_server", Says: "https://"},
		{Name: "unlocked too soon", Set: object{"lockout_window": str("30"), "lockout_duration": str("15")}, Attr: "lockout_duration", Says: "lockout_window 30"},
		{Name: "unlocked too soon by the baseline", Set: object{"baseline": str("microsoft-24h2"), "lockout_window": str("30")}, Attr: "lockout_duration", Says: "lockout_window 30"},
		{Name: "no Setup", Set: object{attrDynamic: cty.False}, Attr: attrDynamic, Says: "boot.wim"},
	})
	m := providertest.NewImage(t, map[string][]byte{"sources/setup.exe": nil}, false)
	if _, err := p.Found(t.Context(), m, providertest.Value(t, p, object{attrDynamic: cty.False})); err != nil {
		t.Errorf("with Setup: %v", err)
	}
}

// TestAgeAtPlan: that nothing can fulfil the policy is said before all other work.
func TestAgeAtPlan(t *testing.T) {
	m := providertest.NewImage(t, updated(t, map[string]int{fmt.Sprintf(rollup, 1742): 200}, servicing.Installed), false)
	p := provider(today)
	change := func(max string) providers.Change {
		want, err := p.Checked(providertest.Value(t, p, object{attrAge: str(max)}), false)
		if err != nil {
			t.Fatal(err)
		}
		have, err := p.Found(t.Context(), m, want)
		if err != nil {
			t.Fatal(err)
		}
		return providers.Change{Action: providers.Update, Want: want, Have: providers.There(have)}
	}
	update := func(gone bool, fact providers.Fact) []providers.Earlier {
		return []providers.Earlier{{Gone: gone, Facts: []providers.Fact{fact}}}
	}
	for _, c := range []struct {
		name, max string
		earlier   []providers.Earlier
		ok        bool
	}{
		{"fulfilled", "300d", nil, true},
		{"nothing planned", "45d", nil, false},
		{"an update", "45d", update(false, providers.Updates{Cumulative: true}), true},
		{"its removal", "45d", update(true, providers.Updates{Cumulative: true}), false},
		{"an update of another sort", "45d", update(false, providers.Updates{}), false},
		{"another kind", "45d", update(false, providers.Drivers{}), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			planned := change(c.max)
			planned.Earlier = c.earlier
			err := p.Ways[0].Check(t.Context(), m, planned)
			problem, is := errors.AsType[*providers.Problem](err)
			if (err == nil) != c.ok || err != nil && (!is || problem.Attr != attrAge || !strings.Contains(problem.Detail, "200d old, more than 45d; add a package")) {
				t.Errorf("found %v", err)
			}
		})
	}
}
