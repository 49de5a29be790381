package lock

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

const header = `# What exactly goes into the images: "gild init" adds to it, and "gild lock -upgrade"
# changes it. Commit it. After a merge keep the blocks of both sides.

`

// Encode returns the file as text. Equal files have equal texts.
func (f *File) Encode() []byte {
	file := hclwrite.NewEmptyFile()
	body := file.Body()
	body.SetAttributeValue("version", cty.NumberIntVal(version))
	for _, e := range f.Entries {
		body.AppendNewline()
		e.write(body.AppendNewBlock(string(e.Sort), []string{e.Address}).Body())
	}
	return append([]byte(header), hclwrite.Format(file.Bytes())...)
}

func (e *Entry) write(body *hclwrite.Body) {
	for _, one := range []struct{ name, value string }{{"constraint", e.Constraint}, {"version", e.Version}, {"revision", e.Revision}, {"sha256", e.SHA256}} {
		if one.value != "" {
			body.SetAttributeValue(one.name, cty.StringVal(one.value))
		}
	}
	body.SetAttributeValue("size", cty.NumberIntVal(e.Size))
	for _, d := range e.Details {
		if len(d.Values) == 1 {
			body.SetAttributeValue(d.Name, cty.StringVal(d.Values[0]))
			continue
		}
		body.SetAttributeRaw(d.Name, lines(d.Values))
	}
}

// lines is a list with a line for each text, so that a change of one is a change of one line.
func lines(texts []string) hclwrite.Tokens {
	sign := func(t hclsyntax.TokenType, text string) *hclwrite.Token {
		return &hclwrite.Token{Type: t, Bytes: []byte(text)}
	}
	newline := sign(hclsyntax.TokenNewline, "\n")
	out := hclwrite.Tokens{sign(hclsyntax.TokenOBrack, "["), newline}
	for _, text := range texts {
		out = append(out, hclwrite.TokensForValue(cty.StringVal(text))...)
		out = append(out, sign(hclsyntax.TokenComma, ","), newline)
	}
	return append(out, sign(hclsyntax.TokenCBrack, "]"))
}
