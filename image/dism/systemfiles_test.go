package dism

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/nt"
)

// TestSystemFilesVerdict: the output decides, the log if the output is in another
// language; if both are unknown, that is an error.
func TestSystemFilesVerdict(t *testing.T) {
	const (
		whole    = "Verification 100% complete.\r\n\r\nWindows Resource Protection did not find any integrity violations.\r\n"
		damaged  = "Windows Resource Protection found integrity violations.\r\n"
		refused  = "Windows Resource Protection could not perform the requested operation.\r\n"
		german   = "Der Windows-Ressourcenschutz hat keine Integritätsverletzungen gefunden.\r\n"
		complete = "2024-05-06 07:08:09, Info                  CSI    00000007 [SR] Verify complete\r\n"
		cannot   = "2024-05-06 07:08:09, Info                  CSI    00000005 [SR] Cannot verify component files for Sample\r\n"
	)
	utf16 := func(s string) string { return string(nt.AppendUTF16(nil, s)) }
	for _, c := range []struct {
		name      string
		exit      uint32
		said, log string
		found     []string // nil: whole
		err       string
	}{
		{name: "whole", said: whole},
		{name: "whole in UTF-16", said: utf16(whole)},
		{name: "damaged", said: damaged, log: complete, found: []string{"protected files do not match"}},
		{name: "damaged in UTF-16", said: utf16(damaged), log: utf16("\ufeff" + cannot + cannot), found: []string{"Cannot verify component files for Sample"}},
		{name: "whole in German", said: german, log: complete},
		{name: "damaged in German", said: german, log: cannot + complete, found: []string{"Cannot verify component files for Sample"}},
		{name: "German without a log", said: german, err: "result of sfc is unknown"},
		{name: "German, failed", exit: 1, said: german, log: complete, err: "exit code 1"},
		{name: "refused", exit: 1, said: refused, log: complete, err: "could not perform the requested operation"},
		{name: "nothing", err: "it printed nothing"},
	} {
		log := filepath.Join(t.TempDir(), "sfc.log")
		if c.log != "" {
			if err := os.WriteFile(log, []byte(c.log), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		found, err := systemFilesVerdict(c.exit, console([]byte(c.said)), log)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v", c.name, err)
		}
		if !slices.EqualFunc(found, c.found, strings.HasPrefix) {
			t.Errorf("%s: %q", c.name, found)
		}
	}
}
