package international_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/gildhq/gild/image/international"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

func read(t *testing.T, text string, files map[string][]byte) (international.Settings, []string) {
	t.Helper()
	s, notes, err := international.Read(t.Context(), regimage.Open(t, text, files))
	if err != nil {
		t.Fatal(err)
	}
	return s, notes
}

const control = `[HKLM\SYSTEM\ControlSet001\Control\`

func TestRead(t *testing.T) {
	got, notes := read(t, control+`MUI\UILanguages\tr-TR]
"LCID"=dword:0000041f
"Type"=dword:00000091

`+control+`MUI\UILanguages\en-US]
"LCID"=dword:00000409
"Type"=dword:00000092

`+control+`MUI\UILanguages\ca-ES]
"LCID"=dword:00000403
"Type"=dword:00000094

`+control+`MUI\UILanguages\xx]

`+control+`MUI\Settings]
"PreferredUILanguages"=hex(7):74,00,72,00,2d,00,54,00,52,00,00,00,00,00

`+control+`Nls\Language]
"Default"="0409"
"InstallLanguage"="041F"

`+control+`Nls\Locale]
@="00000403"

`+control+`Nls\CodePage]
"ACP"="1254"
"OEMCP"="857"
"MACCP"="10081"

`+control+`TimeZoneInformation]
"TimeZoneKeyName"="Turkey Standard Time"

[HKU\Default\Control Panel\International]
"Locale"="0000041f"
"LocaleName"="tr-TR"

[HKU\Default\Control Panel\International\Geo]
"Nation"="235"

[HKU\Default\Keyboard Layout\Preload]
"10"="00000407"
"2"="d0010409"
"1"="0000041f"

[HKU\Default\Keyboard Layout\Substitutes]
"d0010409"="00010409"
`, nil)
	want := international.Settings{
		UILanguages: []international.UILanguage{{"ca-ES", 0x403, "interface_pack"}, {"en-US", 0x409, "partially"}, {"tr-TR", 0x41f, "fully"}, {"xx", 0, "unknown"}},

		DefaultUILanguage: "tr-TR", PreferredUI: []string{"tr-TR"}, SystemLocale: "ca-ES",
		TimeZone: "Turkey Standard Time", ANSICodePage: "1254", OEMCodePage: "857", MacCodePage: "10081",
		Users: []international.User{{Root: international.NewUsers, Locale: "tr-TR", Location: "235", InputLocales: []string{"041f:0000041f", "0409:00010409", "0407:00000407"}}},
	}
	if len(notes) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("settings %+v\nwant     %+v\nnotes %q", got, want, notes)
	}
}

// TestOdd reads locales without a known name, and values that are not locales.
func TestOdd(t *testing.T) {
	got, notes := read(t, control+`Nls\Language]
"Default"="1000"
"InstallLanguage"="English"

[HKU\.DEFAULT\Control Panel\International]
"Locale"="0000040C"

[HKU\.DEFAULT\Keyboard Layout\Preload]
"1"="409"
"2"="00000409"
`, nil)
	if got.SystemLocale != "0x1000" || got.DefaultUILanguage != "" || len(got.Users) != 1 ||
		got.Users[0].Root != international.Logon || got.Users[0].Locale != "fr-FR" || !reflect.DeepEqual(got.Users[0].InputLocales, []string{"0409:00000409"}) {
		t.Errorf("settings %+v", got)
	}
	if len(notes) != 2 || !strings.Contains(notes[0], `"English"`) || !strings.Contains(notes[1], `"409"`) {
		t.Errorf("notes %q", notes)
	}
	if got, notes := read(t, "", nil); !reflect.DeepEqual(got, international.Settings{}) || len(notes) > 0 {
		t.Errorf("nothing has %+v, %q", got, notes)
	}
}

// TestRealHives compares with what another program exports.
func TestRealHives(t *testing.T) {
	for _, name := range []string{"SYSTEM", "SYSTEM_WIN_10_1709"} {
		data := testenv.ReadShared(t, "hives/regipy/"+name+".xz")
		file := filepath.Join(t.TempDir(), "SYSTEM")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		value := func(key, name string) string {
			out := testenv.Run(t, "hivexregedit", "--export", "--unsafe-printable-strings", file, `\ControlSet001\Control\`+key)
			m := regexp.MustCompile(`(?m)^` + name + `=str\(1\):"([^"\x00]*)`).FindStringSubmatch(out)
			if m == nil {
				t.Fatalf("%s: no %s in %s", name, name, key)
			}
			return m[1]
		}
		got, notes := read(t, "", map[string][]byte{
			"Windows/System32/config/SYSTEM": data,
			"Users/Default/NTUSER.DAT":       testenv.ReadShared(t, "hives/regipy/NTUSER.DAT.xz"),
		})
		if len(notes) > 0 {
			t.Errorf("%s: notes %q", name, notes)
		}
		if value(`Nls\Language`, `"InstallLanguage"`) != "0409" || value(`Nls\Locale`, "@") != "00000409" ||
			got.DefaultUILanguage != "en-US" || got.SystemLocale != "en-US" ||
			!reflect.DeepEqual(got.UILanguages, []international.UILanguage{{"en-US", 0x409, "fully"}}) ||
			!reflect.DeepEqual(got.Users, []international.User{{Root: international.NewUsers, Locale: "en-US", Location: "244", InputLocales: []string{"0409:00000409"}}}) {
			t.Errorf("%s: %+v", name, got)
		}
		for key, pair := range map[string][2]string{`"ACP"`: {got.ANSICodePage, `Nls\CodePage`}, `"OEMCP"`: {got.OEMCodePage, `Nls\CodePage`}, `"MACCP"`: {got.MacCodePage, `Nls\CodePage`}} {
			if want := value(pair[1], key); pair[0] != want || want == "" {
				t.Errorf("%s: %s is %q, not %q", name, key, pair[0], want)
			}
		}
		// The field of the time zone may have remains of other memory after its NUL.
		if zone := value(`TimeZoneInformation`, `"TimeZoneKeyName"`); !strings.HasPrefix(zone, got.TimeZone) || !strings.HasSuffix(got.TimeZone, "Standard Time") {
			t.Errorf("%s: time zone %q of %q", name, got.TimeZone, zone)
		}
	}
}
