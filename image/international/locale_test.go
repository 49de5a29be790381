package international_test

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/international"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

// groups are the ANSI code pages of Windows' language groups (LGRPID in winnls.h).
var groups = map[string]int{
	"1": 1252, "2": 1250, "3": 1257, "4": 1253, "5": 1251, "6": 1254, "7": 932, "8": 949, "9": 950, "a": 936,
	"b": 874, "c": 1255, "d": 1256, "e": 1258, "f": 0, "10": 0, "11": 0,
}

// ungrouped are locales whose group does not determine the code page: two Turkic
// languages are in the group of Central Europe, and locales added in Windows 10 are in
// that of Western Europe, whatever their script.
var ungrouped = []string{"az-Latn-AZ", "uz-Latn-UZ", "ro-MD", "ru-MD", "ur-IN"}

// TestGroups compares the ANSI code pages with those of a real Windows' language
// groups. Some locales have none.
func TestGroups(t *testing.T) {
	s := regimage.Open(t, "", map[string][]byte{"Windows/System32/config/SYSTEM": testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz")})
	reg, _ := image.As[image.Registry](s)
	for _, l := range international.Locales() {
		if !l.Numbered() || slices.Contains(later, l.Tag) {
			continue
		}
		v, err := reg.Value(`HKLM\SYSTEM\CurrentControlSet\Control\Nls\Locale`, fmt.Sprintf("%08x", l.LCID))
		if err != nil {
			t.Errorf("%s: %v", l.Tag, err)
			continue
		}
		group := hive.DecodeString(v.Data)
		if want, ok := groups[group]; !ok || l.ANSI != want && l.ANSI != 0 && !slices.Contains(ungrouped, l.Tag) {
			t.Errorf("%s: code page %d, Windows has it in group %s", l.Tag, l.ANSI, group)
		}
	}
}

// later are locales that the Windows of the hives does not have.
var later = []string{"en-AE"}

// TestTable compares the table of locales with what a real Windows has: every
// locale, its code pages and its keyboard.
func TestTable(t *testing.T) {
	known, err := international.ReadKnown(regimage.Open(t, "", map[string][]byte{
		"Windows/System32/config/SYSTEM": testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz"),
	}))
	if err != nil || len(known.Locales) < 200 || len(known.CodePages) < 100 || len(known.Layouts) < 200 {
		t.Fatal(len(known.Locales), len(known.CodePages), len(known.Layouts), err)
	}
	lcids := map[uint32]string{}
	for _, l := range international.Locales() {
		if other := lcids[l.LCID]; other != "" && l.Numbered() {
			t.Errorf("%s and %s are both %04x", l.Tag, other, l.LCID)
		}
		lcids[l.LCID] = l.Tag
		if !known.Locales[fmt.Sprintf("%08x", l.LCID)] && !slices.Contains(later, l.Tag) {
			t.Errorf("%s: Windows has no locale %08x", l.Tag, l.LCID)
		}
		if _, ok := known.Layouts[l.Layout]; !ok && l.Layout != "" {
			t.Errorf("%s: Windows has no layout %s", l.Tag, l.Layout)
		}
		for _, page := range []int{l.ANSI, l.OEM, l.Mac} {
			if l.ANSI != 0 && !known.CodePages[fmt.Sprint(page)] {
				t.Errorf("%s: Windows has no code page %d", l.Tag, page)
			}
		}
	}
	if !slices.IsSortedFunc(international.Locales(), func(a, b international.Locale) int { return strings.Compare(a.Tag, b.Tag) }) {
		t.Error("the table is not sorted")
	}
}

// TestEveryNumber checks that the table has every numbered locale of a real Windows.
func TestEveryNumber(t *testing.T) {
	known, err := international.ReadKnown(regimage.Open(t, "", map[string][]byte{
		"Windows/System32/config/SYSTEM": testenv.ReadShared(t, "hives/regipy/SYSTEM_WIN_10_1709.xz"),
	}))
	if err != nil {
		t.Fatal(err)
	}
	for lcid := range known.Locales {
		n, err := strconv.ParseUint(lcid, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := international.ByLCID(uint32(n)); !ok && n != international.Unnumbered {
			t.Errorf("the table lacks %s", lcid)
		}
	}
	for _, tag := range []string{"en-SE", "en-001", "en-150", "ar-001", "es-419", "de-BE"} {
		if _, ok := international.ByTag(tag); !ok {
			t.Errorf("the table lacks %s", tag)
		}
	}
}

// TestIANA compares the names of time zones with the Unicode CLDR.
func TestIANA(t *testing.T) {
	var doc struct {
		Zones []struct {
			Windows string `xml:"other,attr"`
			IANA    string `xml:"type,attr"`
		} `xml:"windowsZones>mapTimezones>mapZone"`
	}
	if err := xml.Unmarshal(testenv.ReadShared(t, "intl/windowsZones.xml"), &doc); err != nil || len(doc.Zones) < 400 {
		t.Fatal(len(doc.Zones), err)
	}
	for _, z := range doc.Zones {
		for name := range strings.FieldsSeq(z.IANA) {
			if got, ok := international.ByIANA(strings.ToLower(name)); !ok || got != z.Windows {
				t.Errorf("%s is %q, want %q", name, got, z.Windows)
			}
		}
	}
}
