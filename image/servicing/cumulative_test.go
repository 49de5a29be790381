package servicing_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
)

func TestNewestCumulative(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 9, 0, 0, 0, time.UTC) }
	at := func(identity string, state uint32, installed time.Time) string {
		n := uint64(nt.TimeOf(installed))
		return key(`Packages\`+identity, dword("CurrentState", state), dword("InstallTimeHigh", uint32(n>>32)), dword("InstallTimeLow", uint32(n)))
	}
	update := func(revision int) string { return id("Package_for_RollupFix", fmt.Sprintf("26100.%d.1.1", revision)) }
	made := func(identity, stamp string) map[string][]byte {
		return map[string][]byte{"Windows/servicing/Packages/" + identity + ".mum": []byte(
			`<assembly xmlns="urn:schemas-microsoft-com:asm.v3" creationTimeStamp="` + stamp + `"><package releaseType="Update"/></assembly>`)}
	}
	others := at(id("Package_for_DotNetRollup", "10.0.9290.1"), 0x70, day(28)) + at(id("Package_for_ServicingStack_1", "1.0.0.0"), 0x70, day(27)) +
		at(id("Package_for_RollupFixes", "1.0.0.0"), 0x70, day(26))
	for _, tt := range []struct {
		name, hive string
		files      map[string][]byte
		want       string // revision and date; empty: none
	}{
		{"none", others, nil, ""},
		{"by its installation", others + at(update(1), 0x70, day(3)), nil, "26100.1.1.1 2026-11-03 installed"},
		{"by its manifest", at(update(1), 0x70, day(20)), made(update(1), "2026-10-05T10:00:00Z"), "26100.1.1.1 2026-10-05 made"},
		{"an odd stamp", at(update(1), 0x70, day(20)), made(update(1), "lately"), "26100.1.1.1 2026-11-20 installed"},
		{"the newest", at(update(1), 0x50, day(3)) + at(update(2), 0x70, day(4)) + at(update(3), 0x40, day(5)), nil, "26100.2.1.1 2026-11-04 installed"},
		{"at the next start", at(update(2), 0x60, day(4)), nil, "26100.2.1.1 2026-11-04 installed"},
	} {
		got := ""
		c, err := servicing.NewestCumulative(t.Context(), regimage.Open(t, tt.hive, tt.files))
		if c != nil {
			got = c.Identity[strings.LastIndexByte(c.Identity, '~')+1:] + " " + c.Since.UTC().Format(time.DateOnly) + map[bool]string{true: " installed", false: " made"}[c.Installed]
		}
		if err != nil || got != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}

// TestRealStamp reads the date of a real cumulative update.
func TestRealStamp(t *testing.T) {
	for name, data := range testenv.Archive(t, "cbs/real-manifests.tar.xz") {
		base := name[strings.LastIndexByte(name, '/')+1:]
		if !strings.HasPrefix(base, "Package_for_RollupFix~") || !strings.HasSuffix(base, ".mum") {
			continue
		}
		identity := strings.TrimSuffix(base, ".mum")
		s := regimage.Open(t, key(`Packages\`+identity, dword("CurrentState", 0x70)), map[string][]byte{"Windows/servicing/Packages/" + base: data})
		if c, err := servicing.NewestCumulative(t.Context(), s); err != nil || c == nil || c.Installed || c.Since.Year() < 2015 {
			t.Errorf("%s: %+v, %v", base, c, err)
		}
		return
	}
	t.Skip("the collection has no manifest of a cumulative update as a whole")
}
