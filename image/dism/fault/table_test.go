package fault

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	classes := map[Class]bool{Step: true, Retry: true, Again: true, Reopen: true, Discard: true, Start: true}
	for i, f := range faults {
		if i > 0 && faults[i-1].Code >= f.Code {
			t.Errorf("%s does not come after %s", f.Text(), faults[i-1].Text())
		}
		if f.Meaning == "" || strings.HasSuffix(f.Meaning, ".") {
			t.Errorf("%s: meaning %q is not part of a sentence", f.Text(), f.Meaning)
		}
		if f.Remedy != "" && !strings.HasSuffix(f.Remedy, ".") {
			t.Errorf("%s: remedy %q is no sentence", f.Text(), f.Remedy)
		}
		if !classes[f.Class] {
			t.Errorf("%s: class %q", f.Text(), f.Class)
		}
		if f.Class == Start && f.Remedy == "" && f.Name == "" && f.Code < 0xc0000000 {
			t.Errorf("%s: nothing says what to do", f.Text())
		}
	}
}
