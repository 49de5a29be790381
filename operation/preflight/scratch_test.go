package preflight

import (
	"strings"
	"testing"

	"github.com/gildhq/gild/ground/volume"
)

// TestScratch: the folders that the author names are looked at as apply does.
func TestScratch(t *testing.T) {
	disk := func(free int64) volume.Volume {
		return volume.Volume{Root: `D:\`, ID: "d", Type: "NTFS", Free: free}
	}
	share, memory, fat := disk(1<<40), disk(1<<40), disk(1<<40)
	share.Remote, share.Type = true, "cifs"
	memory.RAM = true
	fat.Type = "FAT32"
	for name, c := range map[string]struct {
		volume   volume.Volume
		reserve  int64
		pe       bool
		check    string
		severity Severity
		says     string
	}{
		"room":           {disk(1 << 40), 0, false, "room", Info, "are needed for scratch"},
		"no room":        {disk(gib - 1), 0, false, "room", Error, "DISM needs 1.0 GiB"},
		"reserved":       {disk(2 * gib), gib + 1, false, "room", Error, "1.0 GiB stay free"},
		"nothing local":  {share, 0, false, "room", Error, "on a network share"},
		"disk":           {disk(1 << 40), 0, false, "store", Info, "it is on NTFS"},
		"share":          {share, 0, false, "store", Warning, "does not use it for scratch"},
		"FAT":            {fat, 0, false, "store", Error, "needs NTFS"},
		"memory":         {memory, 0, false, "store", Info, "only if no disk has enough space"},
		"memory in PE":   {memory, 0, true, "winpe", Error, "block scratch"},
		"disk in PE too": {disk(1 << 40), 0, true, "winpe", Info, "as DISM needs them"},
	} {
		t.Run(name, func(t *testing.T) {
			m, in := sound(t)
			m.pe = c.pe
			m.volumes[`D:\scratch`] = c.volume
			in.Scratch, in.Reserve = []string{`D:\scratch`}, c.reserve
			_, all := of(t, in, Doctor, c.check)
			for _, f := range all {
				if f.Severity == c.severity && strings.Contains(f.Found+" "+f.Remedy, c.says) {
					return
				}
			}
			t.Errorf("want %s that says %q; found %+v", c.severity, c.says, all)
		})
	}
}
