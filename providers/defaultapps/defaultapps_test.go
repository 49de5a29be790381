package defaultapps

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func to(prog string) cty.Value {
	return cty.ObjectVal(object{"prog_id": str(prog), "application_name": cty.NullVal(cty.String)})
}

func of(pairs map[string]cty.Value) object { return object{"associations": cty.MapVal(pairs)} }

const exported = `<?xml version="1.0" encoding="UTF-8"?>
<DefaultAssociations>
  <Association Identifier=".html" ProgId="ChromeHTML" ApplicationName="Google &amp; Chrome" />
  <Association Identifier="http" ProgId="ChromeHTML" ApplicationName="Google Chrome" OverwriteIfProgIdIs="x;y" />
</DefaultAssociations>
`

func img(text string) map[string][]byte { return map[string][]byte{file: []byte(text)} }

func is(want string) func(*testing.T, *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		if got, err := fs.ReadFile(m, file); err != nil || string(got) != want {
			t.Errorf("the file is %q, %v, want %q", got, err, want)
		}
	}
}

func TestSuite(t *testing.T) {
	inline := of(object{".PDF": cty.ObjectVal(object{"prog_id": str("Acro"), "application_name": str(`A & "B"`)}), "http": cty.ObjectVal(object{"prog_id": str("C"), "application_name": cty.NullVal(cty.String)})})
	const written = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<DefaultAssociations>\r\n" +
		"  <Association Identifier=\".PDF\" ProgId=\"Acro\" ApplicationName=\"A &amp; &#34;B&#34;\" />\r\n" +
		"  <Association Identifier=\"http\" ProgId=\"C\" />\r\n</DefaultAssociations>\r\n"
	source := object{"source": str("a b.xml")}
	payload := func(text string) map[string]string { return map[string]string{"a b.xml": text} }
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "inline", Set: inline, After: is(written)},
		{Name: "inline, other file", Image: img(exported), Set: inline, After: is(written)},
		{Name: "inline, same", Image: img(written), Set: inline, Unchanged: true},
		{Name: "source", Payloads: payload(exported), Set: source, After: is(exported)},
		{Name: "source in UTF-16", Payloads: payload(string(nt.AppendUTF16(nil, "\ufeff"+strings.Replace(exported, "UTF-8", "utf-16", 1)))), Set: source},
		{Name: "source, same", Image: img(exported), Payloads: payload(exported), Set: source, Unchanged: true},
		{Name: "source, other white space", Image: img(exported + "\n"), Payloads: payload(exported), Set: source, After: is(exported)},
		{Name: "broken file in the image", Image: img("<x>"), Set: inline, After: is(written)},
		{Name: "absent", Image: img("<x>"), Absent: true},
		{Name: "absent already", Absent: true, Unchanged: true},
	})
}

func TestRefusals(t *testing.T) {
	source := object{"source": str("a.xml")}
	bad := func(name, text, says string) providertest.Refusal {
		return providertest.Refusal{Name: name, Payloads: map[string]string{"a.xml": text}, Set: source, Attr: "source", Says: says}
	}
	providertest.Refuse(t, Provider(), []providertest.Refusal{
		{Name: "nothing", Set: object{}, Says: "source"},
		{Name: "both", Set: object{"source": str("a"), "associations": cty.MapVal(object{".a": to("x")})}, Attr: "associations", Says: "as well"},
		{Name: "empty", Set: object{"associations": cty.MapValEmpty(cty.Object(map[string]cty.Type{"prog_id": cty.String, "application_name": cty.String}))}, Attr: "associations", Says: "absent"},
		{Name: "no dot", Set: of(object{"a b": to("x")}), Attr: "associations", Says: "neither an extension"},
		{Name: "no program", Set: of(object{".a": to(" ")}), Attr: "associations", Says: "no ProgId"},
		{Name: "twice", Set: of(object{".a": to("x"), ".A": to("x")}), Attr: "associations", Says: "twice"},
		{Name: "source without a name", Set: object{"source": str("")}, Attr: "source", Says: "is a folder, and a file is needed"},
		{Name: "no source", Set: source, Attr: "source", Says: "no file"},
		bad("not well-formed", "<DefaultAssociations>\n<Association>\n</DefaultAssociations>", "a.xml: line 3, column 1: <Association> of line 2 ends in </DefaultAssociations>"),
		bad("UTF-16 that says it is UTF-8", string(nt.AppendUTF16(nil, "\ufeff"+exported)), `line 1, column 31: the declaration says encoding="UTF-8", and the file is in UTF-16`),
		bad("other root", "<Tasks/>", `line 1, column 1: the root element is "Tasks"`),
		bad("other element", "<DefaultAssociations>\n <Assoc/></DefaultAssociations>", `line 2, column 2: the element "Assoc"`),
		bad("no identifier", "<DefaultAssociations>\n\n<Association identifier='.a' ProgId='x'/></DefaultAssociations>", "line 3, column 1: an Association has no Identifier"),
		bad("no program in the file", "<DefaultAssociations>\n<Association Identifier='.a'/></DefaultAssociations>", `line 2, column 1: ".a" has no ProgId`),
		bad("twice in the file", "<DefaultAssociations>\n<Association Identifier='.a' ProgId='x'/>\n<Association Identifier='.A' ProgId='x'/></DefaultAssociations>", `line 3, column 1: ".A" is there twice, first on line 2`),
		bad("nothing in the file", "<DefaultAssociations/>", "no associations"),
		bad("too large", "<!--"+strings.Repeat("x", maxSize)+"--><a/>", "bytes"),
		{Name: "folder in the image", Image: map[string][]byte{file + "/x": nil}, Set: of(object{".a": to("x")}), Says: "folder"},
	})
}

func TestList(t *testing.T) {
	p := Provider()
	all, err := p.List(t.Context(), providertest.NewImage(t, img(exported), false))
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	html := all[0].GetAttr("associations").AsValueMap()[".html"]
	if html.GetAttr("application_name").AsString() != "Google & Chrome" || all[0].GetAttr("identifiers").LengthInt() != 2 {
		t.Errorf("listed %#v", all[0])
	}
	if all, err := p.List(t.Context(), providertest.NewImage(t, nil, false)); err != nil || len(all) != 0 {
		t.Errorf("without a file: %v, %v", all, err)
	}
}

// TestChangedSource changes the source between plan and apply.
func TestChangedSource(t *testing.T) {
	host := providertest.NewHost(t, map[string]string{"a.xml": exported})
	source := "a.xml"
	a := apps{Source: &source}
	if err := resolve(t.Context(), host, &a); err != nil {
		t.Fatal(err)
	}
	host.Put(t, "a.xml", strings.ReplaceAll(exported, "Chrome", "Other"))
	if _, err := content(host, a); err == nil || !strings.Contains(err.Error(), "plan again") {
		t.Errorf("changed source: %v", err)
	}
}
