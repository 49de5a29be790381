package international

import (
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func strs(ss ...string) cty.Value {
	vs := make([]cty.Value, len(ss))
	for i, s := range ss {
		vs[i] = str(s)
	}
	return cty.TupleVal(vs)
}

const control = `HKLM\SYSTEM\CurrentControlSet\Control\`

const timeZones = `
[HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Time Zones\W. Europe Standard Time]
"Display"="(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"
"MUI_Dlt"="@tzres.dll,-321"
"MUI_Std"="@tzres.dll,-322"
"TZI"=hex:c4,ff,ff,ff,00,00,00,00,c4,ff,ff,ff,00,00,0a,00,00,00,05,00,03,00,00,00,00,00,00,00,00,00,03,00,00,00,05,00,02,00,00,00,00,00,00,00

[HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Time Zones\Pacific Standard Time]
"Display"="(UTC-08:00) Pacific Time (US & Canada)"
"MUI_Dlt"="@tzres.dll,-211"
"MUI_Std"="@tzres.dll,-212"
"TZI"=hex:e0,01,00,00,00,00,00,00,c4,ff,ff,ff,00,00,0b,00,00,00,01,00,02,00,00,00,00,00,00,00,00,00,03,00,00,00,02,00,02,00,00,00,00,00,00,00

[HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Time Zones\Plain Time]
"Std"="Plain Time"
`

const system = `
[HKLM\SYSTEM\ControlSet001\Control\MUI\UILanguages\de-DE]
"LCID"=dword:00000407
"Type"=dword:00000091

[HKLM\SYSTEM\ControlSet001\Control\MUI\UILanguages\en-US]
"LCID"=dword:00000409
"Type"=dword:00000091

[HKLM\SYSTEM\ControlSet001\Control\MUI\UILanguages\ca-ES]
"LCID"=dword:00000403
"Type"=dword:00000094

[HKLM\SYSTEM\ControlSet001\Control\MUI\Settings]
"PreferredUILanguages"=hex(7):65,00,6e,00,2d,00,55,00,53,00,00,00,00,00

[HKLM\SYSTEM\ControlSet001\Control\Nls\CodePage]
"1252"="c_1252.nls"
"850"="c_850.nls"
"ACP"="1252"
"MACCP"="10000"
"OEMCP"="437"

[HKLM\SYSTEM\ControlSet001\Control\Nls\Language]
"Default"="0409"
"InstallLanguage"="0409"

[HKLM\SYSTEM\ControlSet001\Control\Nls\Locale]
@="00000409"
"(Default)"="00000409"
"00000407"="1"
"00000409"="1"
"00000419"="5"
"00001000"="1"

[HKLM\SYSTEM\ControlSet001\Control\Keyboard Layouts\00000407]
"Layout Text"="German"

[HKLM\SYSTEM\ControlSet001\Control\Keyboard Layouts\00000409]
"Layout Text"="US"

[HKLM\SYSTEM\ControlSet001\Control\Keyboard Layouts\00010409]
"Layout Text"="United States-Dvorak"

[HKLM\SYSTEM\ControlSet001\Control\TimeZoneInformation]
"TimeZoneKeyName"="Pacific Standard Time"

[HKLM\SYSTEM\ControlSet001\Services\i8042prt]
"Start"=dword:00000003
`

func user(root string) string {
	return `
[` + root + `\Control Panel\International]
"Locale"="00000409"
"LocaleName"="en-US"
"sShortDate"="M/d/yyyy"
"sOfAnotherProgram"="x"

[` + root + `\Control Panel\International\Geo]
"Name"="US"
"Nation"="244"

[` + root + `\Keyboard Layout\Preload]
"1"="00000409"
"2"="00000419"

[` + root + `\Keyboard Layout\Substitutes]
"00000419"="00010409"
`
}

func small(t *testing.T) map[string][]byte {
	return regimage.Hives(t, system+timeZones+user(`HKU\Default`)+user(`HKU\.DEFAULT`))
}

// has checks strings of the registry afterwards; "-" stands for no value.
func has(want map[string]string) func(*testing.T, *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		t.Helper()
		for path, text := range want {
			key, name, _ := strings.Cut(path, " : ")
			v, err := m.Value(key, name)
			got := "-"
			if err == nil {
				got = hive.DecodeString(v.Data)
			}
			if got != text {
				t.Errorf("%s is %q, want %q", path, got, text)
			}
		}
	}
}

func TestSuite(t *testing.T) {
	img := small(t)
	const userFormats = `HKU\Default\Control Panel\International`
	cases := []providertest.Case{
		{Name: "all", Set: object{"locale": str("DE-de"), "time_zone": str("w. europe standard time"), "location": cty.NumberIntVal(94)},
			After: has(map[string]string{
				control + `Nls\Language : Default`:                      "0407",
				control + `Nls\Language : InstallLanguage`:              "0407",
				control + `Nls\Locale : `:                               "00000407",
				control + `Nls\Locale : (Default)`:                      "00000407",
				control + `Nls\CodePage : ACP`:                          "1252",
				control + `Nls\CodePage : OEMCP`:                        "850",
				userFormats + ` : LocaleName`:                           "de-DE",
				userFormats + ` : Locale`:                               "00000407",
				userFormats + ` : sShortDate`:                           "-",
				userFormats + ` : sOfAnotherProgram`:                    "x",
				userFormats + `\Geo : Nation`:                           "94",
				userFormats + `\Geo : Name`:                             "-",
				`HKU\.DEFAULT\Control Panel\International : LocaleName`: "de-DE",
				`HKU\.DEFAULT\Keyboard Layout\Preload : 1`:              "00000407",
				`HKU\Default\Keyboard Layout\Preload : 1`:               "00000407",
				`HKU\Default\Keyboard Layout\Preload : 2`:               "-",
				`HKU\Default\Keyboard Layout\Substitutes : 00000419`:    "-",
				control + `TimeZoneInformation : TimeZoneKeyName`:       "W. Europe Standard Time",
				control + `TimeZoneInformation : StandardName`:          "@tzres.dll,-322",
			})},
		{Name: "one keyboard more", Set: object{"input_locales": strs("en-US", "0409:00010409")}, After: has(map[string]string{
			`HKU\Default\Keyboard Layout\Preload : 1`:            "00000409",
			`HKU\Default\Keyboard Layout\Preload : 2`:            "d0010409",
			`HKU\Default\Keyboard Layout\Substitutes : d0010409`: "00010409",
		})},
		{Name: "another layout first", Set: object{"input_locales": strs("0409:00010409")}, After: has(map[string]string{
			`HKU\Default\Keyboard Layout\Preload : 1`:            "00000409",
			`HKU\Default\Keyboard Layout\Substitutes : 00000409`: "00010409",
		})},
		{Name: "same", Set: object{"locale": str("en-US"), "input_locales": strs("0409:00000409", "0419:00010409"), "time_zone": str("Pacific Standard Time"),
			"location": cty.NumberIntVal(244)}, Unchanged: true},
		{Name: "user locale alone", Set: object{"user_locale": str("ru-RU")}},
		{Name: "user locale without a number", Set: object{"user_locale": str("en-se")}, After: has(map[string]string{
			userFormats + ` : LocaleName`: "en-SE", userFormats + ` : Locale`: "00001000",
		})},
		{Name: "same user locale keeps formats", Set: object{"user_locale": str("en-US")}, Unchanged: true, After: has(map[string]string{userFormats + ` : sShortDate`: "M/d/yyyy"})},
		{Name: "layered", Set: object{"layered_keyboard": cty.NumberIntVal(6)}, After: has(map[string]string{
			`HKLM\SYSTEM\CurrentControlSet\Services\i8042prt\Parameters : LayerDriver JPN`:            "kbd106.dll",
			`HKLM\SYSTEM\CurrentControlSet\Services\i8042prt\Parameters : OverrideKeyboardIdentifier`: "PCAT_106KEY",
		})},
		{Name: "language", Set: object{"ui_language": str("de-DE")}},
		{Name: "language at first boot", Set: object{"ui_language": str("fr-FR"), "ui_language_at_first_boot": cty.True},
			After: func(t *testing.T, m *providertest.Image) {
				actions, err := m.QueuedActions()
				if err != nil || len(actions) != 1 || !strings.Contains(string(actions[0].Script), "/d 040c /f\r\n") || !actions[0].Restart {
					t.Errorf("queued: %v, %v", actions, err)
				}
			}},
	}
	for i := range cases {
		cases[i].Image, cases[i].Keep = img, true
	}
	providertest.Run(t, Provider(), cases)
}

func TestRefusals(t *testing.T) {
	img := small(t)
	refusals := []providertest.Refusal{
		{Name: "nothing", Set: object{}, Says: "Set \"locale\""},
		{Name: "absent", Set: object{"locale": str("de-DE")}, Absent: true, Says: "Every image"},
		{Name: "unknown locale", Set: object{"locale": str("fi-FJ")}, Attr: "locale", Says: `Did you mean "fi-FI"?`},
		{Name: "language alone", Set: object{"user_locale": str("german")}, Attr: "user_locale", Says: "as in \"de-DE\""},
		{Name: "Unicode only", Set: object{"locale": str("hi-IN")}, Attr: "locale", Says: "hi-IN is written in Unicode only"},
		{Name: "no code page in the image", Set: object{"system_locale": str("ru-RU")}, Attr: "system_locale", Says: "code page 1251"},
		{Name: "no locale in the image", Set: object{"user_locale": str("fr-FR")}, Attr: "user_locale", Says: "no locale fr-FR (0000040c)"},
		{Name: "language not installed", Set: object{"ui_language": str("fr-FR")}, Attr: "ui_language", Says: "it has ca-ES, de-DE, en-US"},
		{Name: "language not installed, by the locale", Set: object{"locale": str("fr-FR"), "system_locale": str("de-DE"), "user_locale": str("de-DE"), "input_locales": strs("de-DE")}, Attr: "locale", Says: "it has ca-ES, de-DE, en-US"},
		{Name: "interface pack", Set: object{"ui_language": str("ca-ES")}, Attr: "ui_language", Says: "interface pack"},
		{Name: "first boot without language", Set: object{"time_zone": str("Pacific Standard Time"), "ui_language_at_first_boot": cty.True}, Attr: "ui_language_at_first_boot", Says: "no ui_language"},
		{Name: "no keyboards", Set: object{"input_locales": cty.ListValEmpty(cty.String)}, Attr: "input_locales", Says: "empty"},
		{Name: "keyboards in one string", Set: object{"input_locales": strs("0407:00000407;0409:00000409")}, Attr: "input_locales", Says: "one string of the list"},
		{Name: "keyboard twice", Set: object{"input_locales": strs("de-DE", "0407:00000407")}, Attr: "input_locales", Says: "twice"},
		{Name: "odd keyboard", Set: object{"input_locales": strs("0407:407")}, Attr: "input_locales", Says: "8 hexadecimal digits"},
		{Name: "input method editor", Set: object{"input_locales": strs("0411:{03B5835F-F03C-411B-9CE2-AA23E1171E36}{A76C93D9-5523-4E90-AAFA-4DB112F9AC76}")}, Attr: "input_locales", Says: "editor"},
		{Name: "unknown keyboard", Set: object{"input_locales": strs("0407:00020407")}, Attr: "input_locales", Says: "00000407 (German)"},
		{Name: "unknown zone", Set: object{"time_zone": str("W. Europe Standart Time")}, Attr: "time_zone", Says: `Did you mean "W. Europe Standard Time"?`},
		{Name: "IANA", Set: object{"time_zone": str("Europe/Berlin")}, Attr: "time_zone", Says: `that time zone is "W. Europe Standard Time"`},
		{Name: "IANA, no city of Windows", Set: object{"time_zone": str("Europe/Zurich")}, Attr: "time_zone", Says: `that time zone is "W. Europe Standard Time"`},
		{Name: "no number", Set: object{"locale": str("en-SE")}, Attr: "locale", Says: `user_locale = "en-SE"`},
		{Name: "system locale without a number", Set: object{"system_locale": str("en-SE")}, Attr: "system_locale", Says: "no locale identifier"},
		{Name: "language without a number", Set: object{"ui_language": str("en-001")}, Attr: "ui_language", Says: "no locale identifier"},
		{Name: "keyboard without a number", Set: object{"input_locales": strs("en-SE")}, Attr: "input_locales", Says: "no keyboard for en-SE"},
		{Name: "no keyboard", Set: object{"locale": str("fr-SN")}, Attr: "locale", Says: `["280c:`},
		{Name: "unknown language of a keyboard", Set: object{"input_locales": strs("9999:00000409")}, Attr: "input_locales", Says: "no language 9999"},
		{Name: "IANA, other city", Set: object{"time_zone": str("Africa/Cairo")}, Attr: "time_zone", Says: "IANA"},
		{Name: "zone without rules", Set: object{"time_zone": str("Plain Time")}, Attr: "time_zone", Says: "TZI"},
		{Name: "layered", Set: object{"layered_keyboard": cty.NumberIntVal(7)}, Attr: "layered_keyboard", Says: "1 to 6"},
		{Name: "location", Set: object{"location": cty.NumberIntVal(-1)}, Attr: "location", Says: "positive"},
	}
	for i := range refusals {
		refusals[i].Image = img
	}
	refusals = append(refusals,
		providertest.Refusal{Name: "no keyboard driver", Image: regimage.Hives(t, timeZones), Set: object{"layered_keyboard": cty.NumberIntVal(1)}, Attr: "layered_keyboard", Says: "i8042prt"},
		providertest.Refusal{Name: "no profile", Image: regimage.Hives(t, system), Set: object{"user_locale": str("de-DE")}, Says: "neither a profile"},
	)
	providertest.Refuse(t, Provider(), refusals)
}

// TestLogonScreen changes the logon screen where new users have what is wanted.
func TestLogonScreen(t *testing.T) {
	img := regimage.Hives(t, system+strings.NewReplacer("en-US", "de-DE", "00000409", "00000407").Replace(user(`HKU\Default`))+user(`HKU\.DEFAULT`))
	providertest.Run(t, Provider(), []providertest.Case{{
		Name: "logon", Image: img, Keep: true, Set: object{"user_locale": str("de-DE")},
		After: has(map[string]string{`HKU\.DEFAULT\Control Panel\International : LocaleName`: "de-DE", `HKU\Default\Control Panel\International : sShortDate`: "M/d/yyyy"}),
	}})
}

// TestRealHives sets what Windows itself had set in a real hive: so the two must
// be alike, as another program reads them. Then it sets something else.
func TestRealHives(t *testing.T) {
	m := providertest.NewImage(t, realImage(t), true)
	export := func() string {
		file := m.Save(t, "Windows/System32/config/SYSTEM")
		return testenv.Run(t, "hivexregedit", "--export", "--unsafe-printable-strings", file, `\ControlSet001\Control\TimeZoneInformation`)
	}
	set := func(attrs object) {
		t.Helper()
		p := Provider()
		want, err := p.Checked(providertest.Value(t, p, attrs), false)
		if err == nil {
			_, err = p.Found(t.Context(), m, want)
		}
		if err == nil {
			err = p.Way("offline").Apply(t.Context(), m, nil, []providers.Change{{Action: providers.Update, Want: want}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	byWindows := withoutActive(export())
	set(object{"time_zone": str("W. Europe Standard Time")})
	if export() == byWindows {
		t.Fatal("the time zone was not changed")
	}
	set(object{"time_zone": str("Pacific Standard Time")})
	if got := withoutActive(export()); got != byWindows {
		t.Errorf("time zone\n%s\nWindows wrote\n%s", got, byWindows)
	}

	set(object{"locale": str("en-US"), "system_locale": str("nl-NL"), "user_locale": str("nl-NL"), "input_locales": strs("nl-NL", "de-DE"), "layered_keyboard": cty.NumberIntVal(5)})
	file := m.Save(t, "Windows/System32/config/SYSTEM")
	script := t.TempDir() + "/script"
	if err := os.WriteFile(script, []byte("cd \\ControlSet001\\Control\\Nls\\Language\nlsval Default\ncd \\ControlSet001\\Control\\Nls\\CodePage\nlsval OEMCP\ncd \\ControlSet001\\Services\\i8042prt\\Parameters\nlsval OverrideKeyboardIdentifier\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := testenv.Run(t, "hivexsh", "-f", script, file); got != "0413\n850\nPCAT_103KEY\n" {
		t.Errorf("hivexsh reads %q", got)
	}
	profile := m.Save(t, "Users/Default/NTUSER.DAT")
	got := testenv.Run(t, "reglookup", "-p", "/Keyboard Layout", profile) + testenv.Run(t, "reglookup", "-p", "/Control Panel/International", profile)
	for _, want := range []string{
		"/Keyboard Layout/Preload/1,SZ,00000413,", "/Keyboard Layout/Preload/2,SZ,00000407,", "/Keyboard Layout/Substitutes/00000413,SZ,00020409,",
		"/Control Panel/International/LocaleName,SZ,nl-NL,", "/Control Panel/International/Locale,SZ,00000413,",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("reglookup does not see %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "sShortDate") {
		t.Errorf("formats of the old locale are still there:\n%s", got)
	}
}

func realImage(t *testing.T) map[string][]byte {
	img := regimage.Hives(t, timeZones)
	maps.Copy(img, map[string][]byte{
		"Windows/System32/config/SYSTEM": testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz"),
		"Users/Default/NTUSER.DAT":       testenv.ReadShared(t, "hives/regipy/NTUSER.DAT.xz"),
	})
	return img
}

// withoutActive leaves out what changes with the season.
func withoutActive(text string) string {
	return regexp.MustCompile(`"ActiveTimeBias"=.*\n`).ReplaceAllString(text, "")
}

func TestList(t *testing.T) {
	all, err := Provider().List(t.Context(), providertest.NewImage(t, realImage(t), false))
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	v := all[0]
	if v.GetAttr("ui_language").AsString() != "en-US" || v.GetAttr("user_locale").AsString() != "en-US" ||
		!v.GetAttr("location").RawEquals(cty.NumberIntVal(244)) || !v.GetAttr("layered_keyboard").RawEquals(cty.NumberIntVal(1)) ||
		v.GetAttr("oem_code_page").AsString() != "437" || v.GetAttr("ui_languages").LengthInt() != 1 {
		t.Errorf("settings %#v", v)
	}
}

// TestResets checks that all that a change of locale and location removes is told,
// and that the resource itself decides on none of it.
func TestResets(t *testing.T) {
	p := Provider()
	want, err := p.Checked(providertest.Value(t, p, object{"user_locale": str("de-DE"), "location": cty.NumberIntVal(94)}), false)
	if err != nil {
		t.Fatal(err)
	}
	var reset providers.Claims[string]
	for _, r := range p.Resets(want, false) {
		reset.Add(r.Claim, r.Why)
	}
	for c, attr := range map[providers.Claim]string{
		providers.ClaimValue(`HKU\Default\Control Panel\International`, "sshortdate"):       "user_locale",
		providers.ClaimValue(`HKU\.DEFAULT\Control Panel\International`, "iFirstDayOfWeek"): "user_locale",
		providers.ClaimValue(`HKU\Default\Control Panel\International\Geo`, "Name"):         "location",
	} {
		if why, _, found := reset.Conflict(c); !found || !strings.Contains(why, "another "+attr+" ") {
			t.Errorf("the %s is reset because %q", c, why)
		}
	}
	for _, c := range []providers.Claim{
		providers.ClaimKey(`HKU\Default\Control Panel\International`),
		providers.ClaimValue(`HKU\Default\Control Panel\International\User Profile`, "sShortDate"),
	} {
		if why, _, found := reset.Conflict(c); found {
			t.Errorf("the %s, which stays, is reset because %s", c, why)
		}
	}
	for _, c := range p.Claims(want, false) {
		if _, what, found := reset.Conflict(c); found {
			t.Errorf("it decides on the %s and resets it", what)
		}
	}
}

// TestKeepLanguages holds the policy against what Microsoft documents.
func TestKeepLanguages(t *testing.T) {
	const policy = "\n[HKLM\\SOFTWARE\\Policies\\Microsoft\\Control Panel\\International]\n\"BlockCleanupOfUnusedPreinstalledLangPacks\"=dword:"
	policyOf := func(want string) func(*testing.T, *providertest.Image) {
		return func(t *testing.T, m *providertest.Image) {
			v, err := m.Value(`HKLM\SOFTWARE\Policies\Microsoft\Control Panel\International`, "BlockCleanupOfUnusedPreinstalledLangPacks")
			if err != nil || v.Type != hive.RegDword || string(v.Data) != want {
				t.Errorf("%v, %v", v, err)
			}
		}
	}
	keep, remove := object{"keep_languages": cty.True}, object{"keep_languages": cty.False}
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "not said", Image: regimage.Hives(t, system+timeZones), Set: keep, Keep: true, After: policyOf("\x01\x00\x00\x00")},
		{Name: "kept", Image: regimage.Hives(t, system+policy+"1\n"), Set: keep, Unchanged: true, Keep: true},
		{Name: "kept, not wanted", Image: regimage.Hives(t, system+policy+"1\n"), Set: remove, Keep: true, After: policyOf("\x00\x00\x00\x00")},
		{Name: "not said, not wanted", Image: regimage.Hives(t, system+timeZones), Set: remove, Unchanged: true, Keep: true},
	})
}
