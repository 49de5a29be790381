package xmldoc

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/nt"
)

const sample = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<!-- a -->\r\n<A xmlns=\"urn:x\" b=\"1\">\r\n  <B>t<!-- c -->u<![CDATA[<&]]></B>\r\n  <C\r\n     d=\"&lt;\r\n\"/>\r\n</A>\r\n"

func TestParse(t *testing.T) {
	utf8 := strings.Replace(sample, "UTF-16", "utf-8", 1)
	for name, data := range map[string][]byte{
		"UTF-8":             []byte(utf8),
		"with a mark":       []byte("\ufeff" + utf8),
		"UTF-16":            nt.AppendUTF16(nil, "\ufeff"+sample),
		"UTF-16, unmarked":  nt.AppendUTF16(nil, sample),
		"UTF-16, big":       bigEndian("\ufeff" + sample),
		"UTF-16, its order": nt.AppendUTF16(nil, "\ufeff"+strings.Replace(sample, "UTF-16", "utf-16LE", 1)),
		"code page":         []byte(strings.Replace(sample, "UTF-16", "Windows-1252", 1)),
		"line ends of Unix": []byte(strings.ReplaceAll(utf8, "\r\n", "\n")),
		"line ends of Mac":  []byte(strings.ReplaceAll(utf8, "\r\n", "\r")),
		"no declaration":    []byte(utf8[strings.Index(utf8, "?>")+2:]),
	} {
		root, err := Parse(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b, c := root.Find("B"), root.Find("C")
		if root.Name != (Name{"urn:x", "A"}) || root.Line != 3 || b == nil || b.Text != "tu<&" || b.Line != 4 || b.Column != 3 || c == nil || c.Line != 5 {
			t.Errorf("%s: %+v, %+v, %+v", name, root, b, c)
		}
		if d, ok := c.Attr("d"); d != "< " || !ok {
			t.Errorf("%s: attribute %q, %v", name, d, ok)
		}
		if root.Find("B", "X") != nil {
			t.Errorf("%s: found what is not there", name)
		}
		text, encoding, err := Read(data)
		if err != nil || !bytes.Equal(encoding.Bytes(text), data) {
			t.Errorf("%s: not the same bytes", name)
		}
	}
}

func bigEndian(s string) []byte {
	out := nt.AppendUTF16(nil, s)
	for i := 0; i < len(out); i += 2 {
		out[i], out[i+1] = out[i+1], out[i]
	}
	return out
}

// faults are documents that no conforming reader takes, or Windows' does not, with
// where the fault is and what is said of it.
func faults() map[string]Error {
	const ns = "http://www.w3.org/XML/1998/namespace"
	return map[string]Error{
		"":                       {0, 0, "no XML element"},
		"  \n ":                  {0, 0, "no XML element"},
		"<!-- a -->":             {0, 0, "no XML element"},
		"text":                   {1, 1, "outside"},
		"<a>\n<b></a>":           {2, 4, "<b> of line 2 ends in </a>"},
		"<a>\n":                  {2, 1, "<a> of line 1 has no end"},
		"</a>":                   {1, 1, "does not begin"},
		"<a></a></a>":            {1, 8, "does not begin"},
		"<a/>\n<b/>":             {2, 1, "more than one root"},
		"<a/>\nx":                {2, 1, "outside"},
		"<a/>\n&#65;":            {2, 1, "outside"},
		"<a/><![CDATA[x]]>":      {1, 5, "outside"},
		"\ufeff\ufeff<a/>":       {1, 1, "second byte order mark"},
		"<a>&b;</a>":             {1, 4, "&b; is declared nowhere"},
		"<a>&nbsp;</a>":          {1, 4, "&nbsp; is declared nowhere"},
		"<a>\n x & y</a>":        {2, 4, "&amp;"},
		"<a>&#0;</a>":            {1, 4, "&#0; is not a character"},
		"<a>&#x1F;</a>":          {1, 4, "not a character"},
		"<a>&#xD800;</a>":        {1, 4, "not a character"},
		"<a>&#X41;</a>":          {1, 4, "not a character"},
		"<a>&#+65;</a>":          {1, 4, "not a character"},
		"<a>&#65</a>":            {1, 4, "&amp;"},
		"<a>&amp</a>":            {1, 4, "&amp;"},
		"<a>&</a>":               {1, 4, "&amp;"},
		"<a b='&c'/>":            {1, 7, "&amp;"},
		"<a b='1' b='2'/>":       {1, 10, "two attributes b"},
		"<a b=1/>":               {1, 4, "quotation marks"},
		"<a b/>":                 {1, 4, "quotation marks"},
		"<a b='<'/>":             {1, 7, "holds a <"},
		"<a b='1'c='2'/>":        {1, 1, "not complete"},
		"<a b='1/>":              {1, 4, "has no end"},
		"<a ":                    {1, 1, "not complete"},
		"<a/ >":                  {1, 1, "not complete"},
		"<a>\n</a":               {2, 1, "not complete"},
		"<a></a b=''>":           {1, 4, "not complete"},
		"< a/>":                  {1, 2, "not a name"},
		"<1/>":                   {1, 2, "not a name"},
		"<a:/>":                  {1, 2, "not a name"},
		"<:a/>":                  {1, 2, "not a name"},
		"<a\u00d7/>":             {1, 2, "not a name"},
		"<a:b:c xmlns:a=''/>":    {1, 2, "not a name"},
		"<!-- ":                  {1, 1, "a comment has no end"},
		"<a><!-- b -- c --></a>": {1, 11, "two hyphens"},
		"<a><!-- b ---></a>":     {1, 11, "two hyphens"},
		"<a><![CDATA[]]</a>":     {1, 4, "CDATA section has no end"},
		"<a>]]></a>":             {1, 4, "ends nothing"},
		"<a>\n b\x01</a>":        {2, 3, "U+0001"},
		"<a>\x00</a>":            {1, 4, "U+0000"},
		"<a><!-- \x0b --></a>":   {1, 9, "U+000B"},
		"<a b='\x1f'/>":          {1, 7, "U+001F"},
		"<a>\ufffe</a>":          {1, 4, "U+FFFE"},
		"<a>\uffff</a>":          {1, 4, "U+FFFF"},
		// Prefixes.
		"<a>\n <b:c/></a>":                           {2, 2, "the prefix of <b:c> is declared nowhere"},
		"<a w:b=''/>":                                {1, 4, "the prefix of the attribute w:b is declared nowhere"},
		"<a><b xmlns:w='u'/><c w:b=''/></a>":         {1, 23, "declared nowhere"},
		"<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>": {1, 35, "two attributes p:b"},
		"<a xmlns='u' xmlns='u'/>":                   {1, 14, "two attributes xmlns"},
		"<a xmlns:b=''/>":                            {1, 4, "a prefix for no namespace"},
		"<a xmlns:xml='u'/>":                         {1, 4, "belong together"},
		"<a xmlns:b='" + ns + "'/>":                  {1, 4, "belong together"},
		"<a xmlns='" + ns + "'/>":                    {1, 4, "belong together"},
		"<a xmlns:xmlns='u'/>":                       {1, 4, "can't be declared"},
		"<xmlns:a/>":                                 {1, 1, "declared nowhere"},
		// Document types and instructions.
		"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>": {1, 1, "document types"},
		"<!DOCTYPE a><a/>":                           {1, 1, "document types"},
		"<a><!ELEMENT b></a>":                        {1, 4, "document types"},
		"<a><? b?></a>":                              {1, 4, "not the name of a processing instruction"},
		"<a><?b:c d?></a>":                           {1, 4, "not the name of a processing instruction"},
		"<a><?b </a>":                                {1, 4, "has no end"},
		// The declaration.
		"\n<?xml version='1.0'?><a/>":                    {2, 1, "very first"},
		" <?xml version='1.0'?><a/>":                     {1, 2, "very first"},
		"<!-- --><?xml version='1.0'?><a/>":              {1, 9, "very first"},
		"<a><?xml version='1.0'?></a>":                   {1, 4, "very first"},
		"<?xml version='1.0'?><?xml version='1.0'?><a/>": {1, 22, "very first"},
		"<?XML version='1.0'?><a/>":                      {1, 1, "write <?xml"},
		"<?xml encoding='utf-8'?><a/>":                   {1, 1, "not well-formed"},
		"<?xml?><a/>":                                    {1, 1, "not well-formed"},
		"<?xml version='1.0' encoding=utf-8?><a/>":       {1, 1, "not well-formed"},
		"<?xml version='1.0'encoding='utf-8'?><a/>":      {1, 1, "not well-formed"},
		"<?xml encoding='utf-8' version='1.0'?><a/>":     {1, 1, "not well-formed"},
		"<?xml version='1.0' encoding='utf-8'><a/>":      {1, 1, "not well-formed"},
		"<?xml version='1.0' standalone='true'?><a/>":    {1, 33, "standalone"},
		"<?xml version='1.1'?><a/>":                      {1, 16, "version"},
		"<?xml version='2.0'?><a/>":                      {1, 16, "version"},
		"<?xml version='1.0' encoding=''?><a/>":          {1, 31, "not the name of an encoding"},
		"<?xml version='1.0' encoding='utf 8'?><a/>":     {1, 31, "not the name of an encoding"},
		// Encodings.
		"<?xml version='1.0' encoding='utf-16'?><a/>":                {1, 31, `let it say encoding="utf-8"`},
		"\ufeff<?xml version='1.0' encoding='windows-1252'?><a/>":    {1, 31, `let it say encoding="utf-8"`},
		"<?xml version='1.0' encoding='utf8'?><a/>":                  {1, 31, `"utf8" is not supported`},
		"<?xml version='1.0' encoding='utf-7'?><a/>":                 {1, 31, `"utf-7" is not supported`},
		"<?xml version='1.0' encoding='unicode'?><a/>":               {1, 31, "not supported"},
		"<?xml version='1.0' encoding='windows-1252'?>\n<a>ä</a>":    {2, 4, "windows-1252"},
		"<?xml version='1.0' encoding='windows-1252'?>\n<a>\xe4</a>": {2, 4, "windows-1252"},
		"<?xml version='1.0' encoding='us-ascii'?>\n<a>ä</a>":        {2, 4, "us-ascii"},
		"<a>\n\xe4</a>":        {2, 1, "the byte E4 is not valid UTF-8"},
		"<a>\xc0\x80</a>":      {1, 4, "valid UTF-8"},
		"<a>\xed\xa0\x80</a>":  {1, 4, "valid UTF-8"},
		"\xff\xfe<\x00a":       {1, 2, "within a character"},
		"<\x00a\x00/\x00>\x00": {1, 1, "byte order mark"},
		string(nt.AppendUTF16(nil, "\ufeff<?xml version='1.0' encoding='utf-8'?><a/>")):    {1, 31, `let it say encoding="utf-16"`},
		string(nt.AppendUTF16(nil, "\ufeff<?xml version='1.0' encoding='utf-16BE'?><a/>")): {1, 31, `let it say encoding="utf-16"`},
		"\xff\xfe<\x00a\x00>\x00\x00\xd8<\x00":                                             {1, 4, "half a pair"},
		"\xff\xfe<\x00a\x00>\x00\x00\xdc<\x00":                                             {1, 4, "half a pair"},
		strings.Repeat("<a>", maxDepth+1):                                                  {1, 3*maxDepth + 1, "deep"},
		"<a>" + strings.Repeat("<b/>", maxElements):                                        {1, 4 * maxElements, "more than 131072 elements"},
	}
}

func TestFaults(t *testing.T) {
	for data, want := range faults() {
		_, err := Parse([]byte(data))
		var e *Error
		if !errors.As(err, &e) || e.Line != want.Line || e.Column != want.Column || !strings.Contains(e.Detail, want.Detail) {
			t.Errorf("%.60q: %v, want line %d, column %d, %q", data, err, want.Line, want.Column, want.Detail)
		}
	}
	if _, err := Parse(make([]byte, MaxSize+1)); err == nil {
		t.Error("too large and no error")
	}
}

// sound are odd documents that readers take.
func sound() []string {
	return []string{
		"<a/>", "<?xml version='1.0'?><a/>", "<?xml version=\"1.0\"\n encoding = 'UTF-8'  standalone='no' ?>\n<a />\n<!-- b -->\n<?c?>\n",
		"<a xml:lang='de'/>", "<a xmlns=''><b/></a>", "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
		"<p:a xmlns:p='u' p:b='' b=''/>", "<a xmlns:p='u'><p:b xmlns:p='v'/></a>", "<a xmlns='u' xmlns:p='u' b='' p:b=''/>",
		"<a>]] ></a>", "<a b=']]>'>&#x9;&#10;&#xd;</a >", "<a\n\tb = \"'>\"\n/>", "<a><![CDATA[]]]]><![CDATA[>]]></a>",
		"<a><!--- b - c --></a>", "<a><!--->--></a>", "<ä.é-1 _b='\U0001F600'/>", "<a>\ufeff\u0085\u2028\U0010FFFF</a>", "\ufeff<a/>", "<a><?xml-stylesheet href='x'?></a>",
		"<?xml version='1.0' encoding='us-ascii'?><a>&#228;</a>",
	}
}

func TestSound(t *testing.T) {
	for _, data := range sound() {
		if _, err := Parse([]byte(data)); err != nil {
			t.Errorf("%q: %v", data, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add(nt.AppendUTF16(nil, "\ufeff"+sample))
	for _, data := range sound() {
		f.Add([]byte(data))
	}
	for data := range faults() {
		if len(data) < 1000 {
			f.Add([]byte(data))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		root, err := Parse(data)
		var e *Error
		if (root == nil) == (err == nil) || err != nil && !errors.As(err, &e) {
			t.Fatalf("%v, %v", root, err)
		}
		if err != nil {
			return
		}
		text, encoding, _ := Read(data)
		if again := encoding.Bytes(text); !bytes.Equal(again, data) {
			t.Fatalf("not the same bytes: %q", again)
		}
		var all strings.Builder
		for s := NewScanner(text); ; {
			token, err := s.Next()
			if err != nil {
				break
			}
			all.WriteString(token.Raw)
		}
		if all.String() != text {
			t.Fatalf("the pieces are %q", all.String())
		}
	})
}
