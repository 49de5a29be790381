package unattend

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/xmldoc"
)

// answers returns a file of passes: each a name and what is in it.
func answers(passes ...string) string {
	var b strings.Builder
	b.WriteString("<unattend xmlns=\"" + Namespace + "\">\n")
	for i := 0; i < len(passes); i += 2 {
		fmt.Fprintf(&b, "  <settings pass=\"%s\">\n%s  </settings>\n", passes[i], passes[i+1])
	}
	return b.String() + "</unattend>\n"
}

func component(name, settings string) string {
	return fmt.Sprintf("    <component name=\"%s\" processorArchitecture=\"amd64\" publicKeyToken=\"31bf3856ad364e35\" language=\"neutral\" versionScope=\"nonSxS\">\n%s    </component>\n", name, settings)
}

func TestJoin(t *testing.T) {
	const shellName = "Microsoft-Windows-Shell-Setup"
	leaf := func(name, text string) string { return "      <" + name + ">" + text + "</" + name + ">\n" }
	run := func(order, path string) string {
		return "      <R>\n        <C wcm:action=\"add\" xmlns:wcm=\"" + stateNamespace + "\"><Order>" + order + "</Order><Path>" + path + "</Path></C>\n      </R>\n"
	}
	for _, tt := range []struct {
		name, in  string
		want      string // what is there afterwards
		twice     int
		conflicts []string
	}{
		{"sound", answers("specialize", component(shellName, leaf("A", "1"))), answers("specialize", component(shellName, leaf("A", "1"))), 0, nil},
		{"component", answers("specialize", component(shellName, leaf("A", "1"))+component(shellName, "      <!-- b -->\n"+leaf("B", "2"))),
			answers("specialize", component(shellName, leaf("A", "1")+"      <!-- b -->\n"+leaf("B", "2"))), 1, nil},
		{"same value", answers("specialize", component(shellName, leaf("A", "1"))+component(shellName, leaf("A", "1")+leaf("B", "2"))),
			answers("specialize", component(shellName, leaf("A", "1")+leaf("B", "2"))), 1, nil},
		{"pass with other components", answers("specialize", component(shellName, leaf("A", "1")), "oobeSystem", "", "specialize", component("B", "")),
			answers("specialize", component(shellName, leaf("A", "1"))+component("B", ""), "oobeSystem", ""), 1, nil},
		{"pass with the same component", answers("specialize", component(shellName, leaf("A", "1")), "specialize", component(shellName, leaf("B", "2"))),
			answers("specialize", component(shellName, leaf("A", "1")+leaf("B", "2"))), 2, nil},
		{"another architecture is another component", answers("specialize", component(shellName, leaf("A", "1"))+strings.Replace(component(shellName, leaf("A", "2")), "amd64", "x86", 1)),
			answers("specialize", component(shellName, leaf("A", "1"))+strings.Replace(component(shellName, leaf("A", "2")), "amd64", "x86", 1)), 0, nil},
		{"architecture in upper case", answers("specialize", component(shellName, leaf("A", "1"))+strings.Replace(component(shellName, ""), "amd64", "AMD64", 1)),
			answers("specialize", component(shellName, leaf("A", "1"))), 1, nil},
		{"other value", answers("specialize", component(shellName, leaf("A", "1"))+component(shellName, leaf("A", "2"))), "", 1,
			[]string{"A of the component " + shellName + " in the pass specialize is one thing on line 4 and another on line 7"}},
		{"deep", answers("specialize", component(shellName, leaf("O", "<A>1</A>"))+component(shellName, leaf("O", "<B>2</B>"))),
			answers("specialize", component(shellName, leaf("O", "<A>1</A><B>2</B>"))), 1, nil},
		{"deep, other value", answers("specialize", component(shellName, leaf("O", "<A>1</A>"))+component(shellName, leaf("O", "<A>2</A>"))), "", 1, []string{"O/A of "}},
		{"lists", answers("specialize", component(shellName, run("1", "a"))+component(shellName, run("2", "b"))), "", 1, nil},
		{"lists, same item", answers("specialize", component(shellName, run("1", "a"))+component(shellName, run("1", "b"))), "", 1, []string{"R/C of "}},
		{"prefix of the other", answers("specialize", component(shellName, leaf("A", "1"))+
			strings.Replace(component(shellName, "      <B w:x=\"\"/>\n"), "<component", "<component xmlns:w=\"urn:w\"", 1)), "", 1, nil},
		{"prefix that stands for something else", answers("specialize", strings.Replace(component(shellName, "      <A w:x=\"\"/>\n"), "<component", "<component xmlns:w=\"urn:v\"", 1)+
			strings.Replace(component(shellName, "      <B w:x=\"\"/>\n"), "<component", "<component xmlns:w=\"urn:w\"", 1)), "", 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := mustParse(t, tt.in)
			if got := f.Twice(); len(got) != tt.twice {
				t.Errorf("twice is %v", got)
			}
			conflicts := f.Join()
			if !slices.EqualFunc(conflicts, tt.conflicts, func(c Conflict, says string) bool { return strings.Contains(c.String(), says) }) {
				t.Errorf("conflicts: %v", conflicts)
			}
			if got := string(f.Bytes()); tt.want != "" && got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if _, err := xmldoc.Parse(f.Bytes()); err != nil {
				t.Errorf("%v\n%s", err, f.Bytes())
			}
			wellFormed(t, f.Bytes())
			if got := f.Twice(); (len(got) > 0) != (len(tt.conflicts) > 0) {
				t.Errorf("still twice: %v\n%s", got, f.Bytes())
			}
		})
	}
}

// TestOneLine says where things are that stand on one line.
func TestOneLine(t *testing.T) {
	f := mustParse(t, strings.ReplaceAll(answers("p", component("A", "<B>1</B>")+component("A", "<B>2</B>")), "\n", ""))
	if got := f.Twice()[0].String(); got != "the component A (amd64) of the pass p on line 1" {
		t.Error(got)
	}
	if got := f.Join()[0].String(); got != "B of the component A in the pass p has two values on line 1" {
		t.Error(got)
	}
}

func TestProcessed(t *testing.T) {
	marked := strings.Replace(answers("specialize", component("A", "")), `"specialize"`, `"specialize" wasPassProcessed="true"`, 1)
	f := mustParse(t, marked)
	if !f.Processed("specialize") || f.Processed("oobeSystem") {
		t.Error("not marked")
	}
	f.Unmark("oobeSystem")
	if string(f.Bytes()) != marked {
		t.Error("another pass was changed")
	}
	f.Unmark("specialize")
	if f.Processed("specialize") || string(f.Bytes()) != answers("specialize", component("A", "")) {
		t.Errorf("the mark is not taken away:\n%s", f.Bytes())
	}
	if f := mustParse(t, strings.Replace(marked, `"true"`, `"false"`, 1)); f.Processed("specialize") {
		t.Error("marked as not processed, and counted as processed")
	}
	half := mustParse(t, answers("specialize", component("A", ""), "specialize", component("B", "")))
	half.passes("specialize")[0].attrs = mustParse(t, marked).passes("specialize")[0].attrs
	if half.Join(); half.Processed("specialize") {
		t.Errorf("settings that were not processed are skipped:\n%s", half.Bytes())
	}
}
