package inf

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestBombs reads files that name the same things over and over: the time and
// the answer stay within bounds, and the answer says that it is not complete.
func TestBombs(t *testing.T) {
	const n = 5000
	models := func(section string) string {
		var b strings.Builder
		b.WriteString("[Manufacturer]\nA=M,NTamd64\n[M.NTamd64]\n")
		for i := range n {
			fmt.Fprintf(&b, "d=I%d,x\n", i)
		}
		for i := range n {
			fmt.Fprintf(&b, "[I%d%s]\n%%x%%\n", i, section)
		}
		return b.String() + "[Strings]\nx=1\n"
	}
	lines := func(line string) string { return strings.Repeat(line+"\n", n) }
	expand := func(text, directive string) string { return strings.ReplaceAll(text, "%x%", directive) }
	tests := []struct{ name, text string }{
		{"one list", expand(models(""), "CopyFiles="+strings.Repeat("C,", 40)) + "[C]\n" + lines("a.sys")},
		{"one service", expand(models(".Services"), "AddService=s,,S") + models("") + "[S]\n" + lines("Other=1")},
		{"one needed section", expand(models(""), "Needs=N") + "[N]\n" + lines("Other=1")},
		{"one registry section", expand(models(""), "AddReg="+strings.Repeat("R,", 40)) + "[R]\n" + lines("HKR,,a")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			p := mustParse(t, test.text).Resolve(win11)
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
			if test.name == "one service" || test.name == "one needed section" {
				wantProblem(t, p.Problems, Excessive, "more than 1048576 directives")
			}
			if len(p.Problems) > 2*maxProblems+1 {
				t.Errorf("%d problems", len(p.Problems))
			}
		})
	}
}

func TestManyProblems(t *testing.T) {
	f := mustParse(t, "[x]\n"+strings.Repeat("%a%=\"\n", 5*maxProblems))
	if len(f.Problems) != maxProblems {
		t.Errorf("%d problems", len(f.Problems))
	}
	name := strings.Repeat("ä", 300)
	f = mustParse(t, "\xef\xbb\xbf["+name+"]\nx=1")
	if got := f.sections[0].Name; got != name[:2*maxSectionName] {
		t.Errorf("name of %d bytes", len(got))
	}
}
