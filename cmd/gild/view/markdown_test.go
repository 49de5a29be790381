package view

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"github.com/zclconf/go-cty/cty"
	"golang.org/x/net/html"

	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/providers"
)

// hostile is text that would do something if it were not escaped.
const hostile = "`</code></summary></details><script>alert(1)</script> ```\n## x [a](javascript:b) @someone | ![i](http://h/) <img src=x onerror=y> hush &amp; \\"

// hostilePlan is a plan in which every text that others can choose is hostile.
func hostilePlan(changes int) *document.Plan {
	p := &document.Plan{Applyable: true, Digest: "d", GildVersion: hostile, Revision: planner.Revision{Commit: "c", Dirty: true, Lock: "l"},
		Waiting: []planner.Waiting{{Image: hostile, For: []string{hostile}, Resources: 1}}}
	img := &document.Image{
		Name: hostile, Output: hostile, Source: document.Source{Path: hostile, Product: hostile, Words: hostile},
		Reasons: []string{hostile}, Warnings: []string{hostile}, Steps: []*document.Step{{Address: hostile, Again: hostile, Irreversible: true}},
		Drift: &planner.Drift{},
	}
	for i := range changes {
		for _, action := range []providers.Action{providers.Create, providers.Update, providers.Delete} {
			value := map[string]cty.Value{"path": cty.StringVal(hostile), "content": cty.StringVal(strings.Repeat(hostile+"\n", 3))}
			have := map[string]cty.Value{"content": cty.StringVal("```\n" + hostile)}
			c := item(action, value, have)
			c.Address, c.Name, c.Effect, c.Waits, c.Steps = fmt.Sprintf("%s/file.%s%d%s", "i", action, i, "`<b>`"), hostile, hostile, true, []int{1}
			img.ResourceChanges = append(img.ResourceChanges, c)
		}
	}
	p.Images = []*document.Image{img}
	return p
}

func rendered(t *testing.T, p *document.Plan) string {
	t.Helper()
	var out strings.Builder
	if err := Markdown(Streams{Out: &out, Withhold: func(s string) string { return strings.ReplaceAll(s, "hush", "(sensitive)") }}, p, nil); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "hush") {
		t.Error("a secret is shown")
	}
	return out.String()
}

// ours are the tags that the Markdown has.
var ours = regexp.MustCompile(`^</?(details|summary|code)>$`)

// TestMarkdownIsInert has another reader say what the Markdown is: whatever the names, it
// has no link, no picture, and no tag but gild's own, each closed.
func TestMarkdownIsInert(t *testing.T) {
	source := rendered(t, hostilePlan(2))
	if fences := inert(t, source); fences != 6 {
		t.Errorf("%d fences\n%s", fences, source)
	}
	for _, line := range regexp.MustCompile("(?m)^[^`]*@\\w").FindAllString(source, -1) {
		if !strings.ContainsAny(line[:1], "+-!# ") {
			t.Errorf("somebody is called: %s", line)
		}
	}
}

// inert counts the fences.
func inert(t *testing.T, markdown string) (fences int) {
	t.Helper()
	source, open := []byte(markdown), 0
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	tags := func(raw string) {
		z := html.NewTokenizer(strings.NewReader(raw))
		for z.Next() != html.ErrorToken {
			switch tok := z.Token(); tok.Type {
			case html.TextToken:
			case html.StartTagToken, html.EndTagToken:
				if !ours.MatchString(tok.String()) {
					t.Errorf("a tag %s", tok)
				}
				if tok.Data == "details" && tok.Type == html.StartTagToken {
					open++
				} else if tok.Data == "details" {
					open--
				}
			default:
				t.Errorf("in HTML: %s", tok)
			}
		}
	}
	if err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link, *ast.Image, *ast.AutoLink:
			t.Errorf("a link or picture: %s", n.Kind())
		case *ast.Heading:
			if n.Level != 3 {
				t.Errorf("a heading: %s", n.Lines().Value(source))
			}
		case *ast.FencedCodeBlock:
			if fences++; string(n.Language(source)) != "diff" {
				t.Errorf("a fence of %s", n.Language(source))
			}
		case *ast.HTMLBlock:
			tags(string(n.Lines().Value(source)))
		case *ast.RawHTML:
			tags(string(n.Segments.Value(source)))
		}
		return ast.WalkContinue, nil
	}); err != nil {
		t.Fatal(err)
	}
	if open != 0 {
		t.Errorf("%d details are open", open)
	}
	return fences
}

// TestMarkdownFits holds that there is room for it, with what is destroyed, and that no
// fence is cut.
func TestMarkdownFits(t *testing.T) {
	for _, changes := range []int{1, 50, 300, 2000} {
		text := rendered(t, hostilePlan(changes))
		if n := utf8.RuneCountInString(text); n > 65536 || len(text) > markdownLimit {
			t.Errorf("%d changes: %d characters", 3*changes, n)
		}
		if fences := inert(t, text); fences == 0 {
			t.Errorf("%d changes: none is shown", 3*changes)
		}
		if !strings.Contains(text, "will be destroyed") || !strings.HasSuffix(text, "lock `l`\n") {
			t.Errorf("%d changes: what matters most is missing", 3*changes)
		}
		if changes > 200 && !strings.Contains(text, "not shown, because there is no room") {
			t.Errorf("%d changes: nothing says that there is more", 3*changes)
		}
	}
	many := hostilePlan(1)
	for i := range 500 {
		img := *many.Images[0]
		img.Name = fmt.Sprint("image", i)
		many.Images = append(many.Images, &img)
	}
	text := rendered(t, many)
	if inert(t, text); len(text) > markdownLimit || !strings.HasSuffix(text, "lock `l`\n") || !strings.Contains(text, "There are more images") {
		t.Errorf("many images: %d characters\n%s", len(text), text)
	}
}

// TestPageIsInert holds the same of HTML.
func TestPageIsInert(t *testing.T) {
	var out strings.Builder
	if err := HTML(Streams{Out: &out, Withhold: func(s string) string { return strings.ReplaceAll(s, "hush", "(sensitive)") }}, hostilePlan(3), nil); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "hush") {
		t.Error("a secret is shown")
	}
	z := html.NewTokenizer(strings.NewReader(out.String()))
	for z.Next() != html.ErrorToken {
		tok := z.Token()
		if tok.Type != html.TextToken && (tok.Data == "script" || tok.Data == "img" || tok.Data == "a" || tok.Data == "b") {
			t.Errorf("a tag %s", tok)
		}
	}
}

func TestAsDiff(t *testing.T) {
	const plan = `  # a will be updated in-place (now)
  # (because of b)
  ~ file "a" {
        path  = "p"
      ~ words = [
            "red",
          + "green",
            "blue",
        ]
      + more  = {
          x = 1
        }
        # (1 unchanged attribute hidden)
    }
`
	const want = `# a will be updated in-place (now)
# (because of b)
!   file "a" {
         path  = "p"
!       words = [
             "red",
+           "green",
             "blue",
         ]
+       more  = {
+          x = 1
+        }
+        # (1 unchanged attribute hidden)
     }
`
	if got := asDiff(plan); got != want {
		t.Errorf("got\n%s", got)
	}
}
