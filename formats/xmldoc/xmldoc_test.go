package xmldoc

import (
	"errors"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/nt"
)

const sample = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<!-- a -->\r\n<A xmlns=\"urn:x\" b=\"1\">\r\n  <B>t<!-- c -->u</B>\r\n  <C\r\n     d=\"&lt;\"/>\r\n</A>\r\n"

func TestParse(t *testing.T) {
	for name, data := range map[string][]byte{
		"UTF-8":       []byte(sample),
		"with a mark": []byte("\ufeff" + sample),
		"UTF-16":      nt.AppendUTF16(nil, "\ufeff"+sample),
	} {
		root, err := Parse(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b, c := root.Find("B"), root.Find("C")
		if root.Name.Local != "A" || root.Name.Space != "urn:x" || root.Line != 3 || b == nil || b.Text != "tu" || b.Line != 4 || c == nil || c.Line != 5 {
			t.Errorf("%s: %+v, %+v, %+v", name, root, b, c)
		}
		if d, ok := c.Attr("d"); d != "<" || !ok {
			t.Errorf("%s: attribute %q, %v", name, d, ok)
		}
		if root.Find("B", "X") != nil {
			t.Errorf("%s: found what is not there", name)
		}
	}
}

func TestFaults(t *testing.T) {
	for data, want := range map[string]Error{
		"":             {0, "no XML element"},
		"  \n ":        {0, "no XML element"},
		"<a>\n<b></a>": {2, "element <b> closed by </a>"},
		"<a>\n":        {2, "unexpected EOF"},
		"<a/>\n<b/>":   {2, "second root"},
		"<a/>\nx":      {1, "outside"},
		"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>": {1, "document types"},
		"<a>&b;</a>":    {1, "entity"},
		"\xff\xfe<":     {0, "within a character"},
		"\xfe\xff\x00<": {0, "high byte first"},
		"<\x00a\x00":    {0, "byte order mark"},
		"<a>\xe4</a>":   {0, "UTF-8"},
		"<?xml version=\"1.0\" encoding=\"windows-1252\"?><a/>": {1, "windows-1252"},
		strings.Repeat("<a>", maxDepth+1):                       {1, "deep"},
		"<a>" + strings.Repeat("<b/>", maxElements):             {1, "more than 262144 elements"},
	} {
		_, err := Parse([]byte(data))
		var e *Error
		if !errors.As(err, &e) || e.Line != want.Line || !strings.Contains(e.Detail, want.Detail) {
			t.Errorf("%.40q: %v, want line %d, %q", data, err, want.Line, want.Detail)
		}
	}
	if _, err := Parse(make([]byte, MaxSize+1)); err == nil {
		t.Error("too large and no error")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add(nt.AppendUTF16(nil, "\ufeff"+sample))
	f.Add([]byte("<a><b c='d'>e</b></a>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		root, err := Parse(data)
		var e *Error
		if (root == nil) == (err == nil) || err != nil && !errors.As(err, &e) {
			t.Fatalf("%v, %v", root, err)
		}
	})
}
