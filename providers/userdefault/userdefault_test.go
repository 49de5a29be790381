package userdefault_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/all"
	"github.com/gildhq/gild/providers/providertest"
	"github.com/gildhq/gild/providers/registry"
	"github.com/gildhq/gild/providers/settings"
	"github.com/gildhq/gild/providers/userdefault"
)

type object = map[string]cty.Value

// values returns values that a setting can have: all, or the ends of the range.
func values(s settings.Setting) []cty.Value {
	switch {
	case s.Number != nil:
		return []cty.Value{cty.NumberUIntVal(uint64(s.Number.Min)), cty.NumberUIntVal(uint64(s.Number.Max))}
	case s.Text != nil:
		return []cty.Value{cty.StringVal(`C:\Windows\Web\logo.jpg`), cty.StringVal("")}
	}
	var all []cty.Value
	for _, v := range s.Values {
		all = append(all, cty.StringVal(v.Name)) // true and false are made bools
	}
	return all
}

func TestEveryValue(t *testing.T) {
	p, kinds := userdefault.Provider(), all.All()
	if err := providertest.Validate([]*providers.Provider{p}); err != nil {
		t.Fatal(err)
	}
	whole := []object{{}, {}}
	for _, s := range userdefault.Catalogue().Settings {
		if s.Doc == "" || !strings.HasSuffix(s.Doc, ".") || s.Source == "" {
			t.Errorf("%s: Doc %q, Source %q", s.Name, s.Doc, s.Source)
		}
		vs := values(s)
		for _, v := range vs {
			for _, c := range providertest.Expand(t, p, kinds, object{s.Name: v}) {
				if key := c.Want["key"].AsString(); c.Kind != "registry" || !strings.HasPrefix(key, `HKU\Default\`) && !strings.HasPrefix(key, `HKU\.DEFAULT\`) {
					t.Errorf("%s = %#v: %s in %s", s.Name, v, c.Kind, key)
				}
			}
		}
		whole[0][s.Name], whole[1][s.Name] = vs[0], vs[len(vs)-1]
	}
	for _, set := range whole {
		providertest.Expand(t, p, kinds, set)
	}
}

func TestRefusals(t *testing.T) {
	providertest.Refuse(t, userdefault.Provider(), []providertest.Refusal{
		{Name: "nothing", Set: object{}, Says: "show_file_extensions"},
		{Name: "absent", Set: object{"show_file_extensions": cty.True}, Absent: true, Says: "Remove the block"},
		{Name: "too slow", Set: object{"keyboard_delay": cty.NumberIntVal(4)}, Attr: "keyboard_delay", Says: "from 0 to 3"},
		{Name: "relative", Set: object{"wallpaper": cty.StringVal("logo.jpg")}, Attr: "wallpaper", Says: "absolute"},
		{Name: "two lines", Set: object{"wallpaper": cty.StringVal("C:\\a\n.jpg")}, Attr: "wallpaper", Says: "can't have"},
		{Name: "quotation mark", Set: object{"screen_saver_program": cty.StringVal(`C:\a".scr`)}, Attr: "screen_saver_program", Says: "can't have"},
		{Name: "long", Set: object{"wallpaper": cty.StringVal(`C:\` + strings.Repeat("a", 300))}, Attr: "wallpaper", Says: "303 bytes"},
		{Name: "slashes", Set: object{"wallpaper": cty.StringVal(`C:/logo.jpg`)}, Attr: "wallpaper", Says: "absolute"},
	})
}

// TestHive writes settings into a hive that Windows wrote and has another program
// read them.
func TestHive(t *testing.T) {
	const ntuser = "Users/Default/NTUSER.DAT"
	image := map[string][]byte{ntuser: testenv.ReadShared(t, "hives/regipy/NTUSER.DAT.xz")}
	p, kind := userdefault.Provider(), registry.Provider()
	var cases []providertest.Case
	for _, c := range providertest.Expand(t, p, all.All(), object{
		"show_file_extensions": cty.True, "taskbar_search": cty.StringVal("icon"), "screen_saver_timeout": cty.NumberIntVal(601),
	}) {
		name := c.Want["name"].AsString()
		data := map[string]string{"HideFileExt": "DWORD,0x00000000", "SearchboxTaskbarMode": "DWORD,0x00000001", "ScreenSaveTimeOut": "SZ,601"}[name]
		cases = append(cases, providertest.Case{Name: c.Name, Image: image, Set: c.Want, Absent: c.Absent, After: func(t *testing.T, m *providertest.Image) {
			out := []byte(testenv.Run(t, "reglookup", m.Save(t, ntuser)))
			if !bytes.Contains(out, []byte("/"+name+","+data)) {
				t.Errorf("reglookup sees no %s,%s", name, data)
			}
		}})
	}
	if len(cases) != 3 {
		t.Fatalf("%d cases", len(cases))
	}
	providertest.Run(t, kind, cases)
}
