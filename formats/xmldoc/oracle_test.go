package xmldoc

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/testenv"
)

// TestAgainstExpat asks Expat what it makes of the documents that are taken and of
// those that are refused, and of such that were changed at random.
func TestAgainstExpat(t *testing.T) {
	testenv.Tool(t, "xmlwf")
	var docs []string
	var stricter = map[string]bool{} // in what Windows' reader is, or gild is on purpose
	for data, e := range faults() {
		docs = append(docs, data)
		for _, detail := range []string{"document types", "version", "deep", "elements", "not supported", "windows-1252", "us-ascii", "byte order mark"} {
			stricter[data] = stricter[data] || strings.Contains(e.Detail, detail)
		}
	}
	docs = append(docs, sound()...)
	random := rand.New(rand.NewPCG(1, 2))
	pieces := strings.SplitAfter(`<a xmlns:w="u" b='1' w:b="2"> <w:c/> <!-- d - e --> <![CDATA[ f ]]> & &amp; &lt; &#65; &# ; < > "" ' / = <?g h?> -- ]]> <b> </b> </a> xmlns= <?xml version='1.0'?>`, " ")
	for range 1500 {
		var b strings.Builder
		b.WriteString("<a xmlns:w='u'>")
		for range 1 + random.IntN(5) {
			b.WriteString(strings.TrimSpace(pieces[random.IntN(len(pieces))]))
			if random.IntN(3) == 0 {
				b.WriteByte(' ')
			}
		}
		docs = append(docs, b.String()+"</a>")
	}
	dir := t.TempDir()
	var names []string
	for i, data := range docs {
		name := filepath.Join(dir, string(rune('a'+i%26))+strings.Repeat("x", i/26))
		if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	const at = 500
	refused := map[string]string{}
	for i := 0; i < len(names); i += at {
		// xmlwf says nothing of a file that is well-formed.
		for line := range strings.Lines(testenv.Run(t, "sh", append([]string{"-c", `xmlwf -n -k "$@" || [ $? = 2 ]`, "xmlwf"}, names[i:min(i+at, len(names))]...)...)) {
			name, why, _ := strings.Cut(line, ":")
			refused[name] = why
		}
	}
	taken := 0
	for i, data := range docs {
		_, err := Parse([]byte(data))
		why, bad := refused[names[i]]
		if (err != nil) != bad && !(stricter[data] && err != nil) {
			t.Errorf("%.80q: %v; Expat says %q", data, err, why)
		}
		if err == nil {
			taken++
		}
	}
	t.Logf("%d documents, %d of them taken", len(docs), taken)
	if taken < 100 {
		t.Errorf("%d of %d documents are taken", taken, len(docs))
	}
}
