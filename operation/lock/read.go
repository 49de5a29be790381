package lock

import (
	"bytes"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Bounds of a file that is read.
const (
	MaxSize    = 4 << 20 // bytes
	maxNesting = 8       // brackets within each other
)

// Parse reads what [File.Encode] has written, or others have changed by hand. The name is
// for messages. After errors there is no file.
func Parse(name string, text []byte) (*File, *hcl.File, hcl.Diagnostics) {
	p := &parser{name: name, text: text, file: &File{}}
	quoted := &hcl.File{Bytes: text}
	if len(text) > MaxSize {
		p.errorAt(hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}, "Lock file is too large", "It has more than %d bytes, which no lock has. %s", MaxSize, again)
		return nil, quoted, p.diags
	}
	if p.conflicts(); !p.diags.HasErrors() {
		p.nesting()
	}
	if p.diags.HasErrors() {
		return nil, quoted, p.diags
	}
	parsed, diags := hclsyntax.ParseConfig(text, name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, parsed, diags
	}
	p.body(parsed.Body.(*hclsyntax.Body))
	if p.diags.HasErrors() {
		return nil, parsed, p.diags
	}
	return p.file, parsed, nil
}

const again = "Take the file from the version control again, or remove it and run gild init, which writes a new one."

type parser struct {
	name  string
	text  []byte
	file  *File
	diags hcl.Diagnostics
}

func (p *parser) errorAt(rng hcl.Range, summary, format string, args ...any) {
	p.diags = append(p.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &rng})
}

var marker = regexp.MustCompile(`(?m)^(<{7}|={7}|>{7}|\|{7})( .*)?\r?$`)

// conflicts finds what a merge has left.
func (p *parser) conflicts() {
	for _, at := range marker.FindAllIndex(p.text, 1) {
		p.errorAt(p.line(at[0]), "Merge conflict in the lock", "Two changes are about the same entry. Keep the block that is right, remove the line %q and those like it, and run gild init.",
			strings.TrimSpace(string(p.text[at[0]:at[1]])))
	}
}

// nesting refuses brackets so deep that reading them takes too much of the stack.
func (p *parser) nesting() {
	tokens, _ := hclsyntax.LexConfig(p.text, p.name, hcl.InitialPos)
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
			depth--
		case hclsyntax.TokenMinus, hclsyntax.TokenBang, hclsyntax.TokenQuestion:
			p.errorAt(t.Range, "Invalid lock file", "There is nothing to compute in a lock. %s", again)
			return
		}
		if depth > maxNesting {
			p.errorAt(t.Range, "Invalid lock file", "There are more than %d brackets within each other. %s", maxNesting, again)
			return
		}
	}
}

// line is the range of the line with a byte.
func (p *parser) line(at int) hcl.Range {
	text := p.text
	begin := bytes.LastIndexByte(text[:at], '\n') + 1
	end := len(text)
	if n := bytes.IndexByte(text[at:], '\n'); n >= 0 {
		end = at + n
	}
	number := bytes.Count(text[:begin], []byte("\n")) + 1
	return hcl.Range{Filename: p.name, Start: hcl.Pos{Line: number, Column: 1, Byte: begin}, End: hcl.Pos{Line: number, Column: end - begin + 1, Byte: end}}
}

func (p *parser) body(b *hclsyntax.Body) {
	stated := b.Attributes["version"]
	if stated == nil {
		p.errorAt(p.line(0), "No version in the lock", "The file does not say version = %d. %s", version, again)
		return
	}
	if n, ok := number(stated.Expr); !ok || n != version {
		p.errorAt(stated.Expr.Range(), "Unknown version of the lock", "This gild reads version %d. Use a newer gild; or remove the file and run gild init, which writes a new one.", version)
		return
	}
	for name, a := range b.Attributes {
		if name != "version" {
			p.errorAt(a.NameRange, "Unknown argument in the lock", "A lock has version, and blocks for modules, payloads and sources. %s", again)
		}
	}
	for _, block := range b.Blocks {
		p.block(block)
	}
	slices.SortStableFunc(p.file.Entries, func(a, b *Entry) int { return a.Key.compare(b.Key) })
	for i, e := range p.file.Entries {
		if i > 0 && e.Key == p.file.Entries[i-1].Key {
			p.errorAt(e.Range, "Locked twice", "There is a block %s in line %d already. Keep the one that is right, as after a merge, and run gild init.", e.Key, p.file.Entries[i-1].Range.Start.Line)
		}
	}
}

func (p *parser) block(b *hclsyntax.Block) {
	rng := b.DefRange()
	switch {
	case !slices.Contains(sorts, Sort(b.Type)):
		p.errorAt(rng, "Unknown block in the lock", "There are blocks module, payload and source, and no block %q. %s", b.Type, again)
		return
	case len(b.Labels) != 1 || b.Labels[0] == "":
		p.errorAt(rng, "Invalid block in the lock", "A block has one label, its path or address. %s", again)
		return
	case len(b.Body.Blocks) > 0:
		p.errorAt(b.Body.Blocks[0].DefRange(), "Invalid block in the lock", "An entry has no blocks in it. %s", again)
		return
	}
	e := &Entry{Key: Key{Sort: Sort(b.Type), Address: b.Labels[0]}, Range: rng}
	before := len(p.diags)
	for _, a := range inOrder(b.Body.Attributes) {
		p.argument(e, a)
	}
	if p.diags[before:].HasErrors() {
		return
	}
	for _, needed := range []string{"sha256", "size"} {
		if b.Body.Attributes[needed] == nil {
			p.errorAt(rng, "Incomplete entry in the lock", "The block has no %s. Remove the block and run gild init, which locks it again.", needed)
			return
		}
	}
	p.file.Entries = append(p.file.Entries, e)
}

// inOrder are arguments as they are written.
func inOrder(as hclsyntax.Attributes) []*hclsyntax.Attribute {
	var list []*hclsyntax.Attribute
	for _, a := range as {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *hclsyntax.Attribute) int { return a.SrcRange.Start.Byte - b.SrcRange.Start.Byte })
	return list
}

var (
	digest = regexp.MustCompile(`^[0-9a-f]{64}$`)
	detail = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
)

func (p *parser) argument(e *Entry, a *hclsyntax.Attribute) {
	if a.Name == "size" {
		var ok bool
		if e.Size, ok = number(a.Expr); !ok {
			p.errorAt(a.Expr.Range(), "Invalid size in the lock", "A size is a number of bytes. %s", edited)
		}
		return
	}
	values, ok := texts(a.Expr)
	if !ok {
		p.errorAt(a.Expr.Range(), "Invalid value in the lock", "A value is a text or a list of texts, each of one line, and nothing that is computed. %s", edited)
		return
	}
	one := values[0]
	single := map[string]*string{"constraint": &e.Constraint, "version": &e.Version, "revision": &e.Revision, "sha256": &e.SHA256}[a.Name]
	switch {
	case single == nil && !detail.MatchString(a.Name):
		p.errorAt(a.NameRange, "Unknown argument in the lock", "%q is no name of a detail. %s", a.Name, edited)
	case single == nil:
		e.Details = append(e.Details, Detail{a.Name, values})
	case len(values) > 1 || a.Name == "sha256" && !digest.MatchString(one):
		p.errorAt(a.Expr.Range(), "Invalid value in the lock", "It is no %s. %s", map[bool]string{true: "SHA-256, which has 64 hexadecimal digits in small letters", false: a.Name}[a.Name == "sha256"], edited)
	case (a.Name == "constraint" || a.Name == "version") && e.Sort != Module:
		p.errorAt(a.NameRange, "Unknown argument in the lock", "Only modules have a %s. %s", a.Name, edited)
	default:
		*single = one
		if a.Name == "sha256" {
			e.DigestRange = a.Expr.Range()
		}
	}
}

const edited = "Take the block from the version control again, or remove it and run gild init, which locks it again."

// number returns a whole number that is not negative.
func number(expr hclsyntax.Expression) (int64, bool) {
	literal, ok := expr.(*hclsyntax.LiteralValueExpr)
	if !ok || literal.Val.IsNull() || literal.Val.Type() != cty.Number {
		return 0, false
	}
	n, exact := literal.Val.AsBigFloat().Int64()
	return n, exact == big.Exact && n >= 0
}

// texts returns the texts in an expression without anything to compute.
func texts(expr hclsyntax.Expression) ([]string, bool) {
	list := []hclsyntax.Expression{expr}
	if tuple, ok := expr.(*hclsyntax.TupleConsExpr); ok {
		list = tuple.Exprs
	}
	var out []string
	for _, one := range list {
		text, ok := one.(*hclsyntax.TemplateExpr)
		if !ok || !text.IsStringLiteral() {
			return nil, false
		}
		v, diags := text.Value(nil)
		if diags.HasErrors() || !isLine(v.AsString()) {
			return nil, false
		}
		out = append(out, v.AsString())
	}
	return out, len(out) > 0
}

// isLine tells whether a text is one line that can be shown.
func isLine(text string) bool {
	return text != "" && !strings.ContainsFunc(text, unicode.IsControl)
}
