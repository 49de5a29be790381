package scenario

import (
	"bytes"
	"testing"
	"testing/fstest"
)

// FuzzFind holds that no file of tests makes gild panic, and that a sample's block has its body on
// the author's lines in the configuration that is made of it.
func FuzzFind(f *testing.F) {
	for _, text := range []string{
		"sample \"a.wim\" {\n  file \"x\" {\n    path = \"y\"\n  }\n}\n\nrun \"a\" {\n  command = apply\n}\n",
		"variables {\n  a = 1\n}\nrun \"b\" {\n  fault = \"1:die\"\n}\n", "\xef\xbb\xbfsample \"a\" {}", "run {", "sample \"a\" {\r\n}\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		files, _, diags := Find(fstest.MapFS{"a.gildtest.hcl": {Data: text}})
		if diags.HasErrors() {
			return
		}
		for _, s := range files[0].samples {
			open, end := s.block.OpenBraceRange, s.block.CloseBraceRange
			made := s.configuration(files[0].source, "base.wim")
			body := files[0].source[open.End.Byte:end.Start.Byte]
			at := bytes.Index(made, []byte("{"))
			if line := 1 + bytes.Count(made[:at], []byte("\n")); line != open.Start.Line || !bytes.HasPrefix(made[at+1:], body) {
				t.Errorf("line %d, want %d\n%s", line, open.Start.Line, made)
			}
		}
	})
}
