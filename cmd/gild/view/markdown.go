package view

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner/document"
)

// markdownLimit is how many bytes of Markdown are written: no more characters fit into a
// comment on GitHub.
const markdownLimit = 65536

// Limits of lists.
const (
	markdownRows = 30
	markdownList = 20
)

// Markdown prints a plan as Markdown, for a comment on a pull request: as much as fits
// into one, the most important first.
func Markdown(s Streams, p *document.Plan, kinds dsl.Kinds) error {
	_, err := s.Out.Write([]byte(markdown(newPage(s, p, kinds), s.Withhold)))
	return err
}

// markdown lays a page out.
func markdown(g *page, withhold func(string) string) string {
	head, foot := markdownHead(g, withhold), markdownFoot(g, withhold)
	cards := make([][]bool, len(g.Families)) // which groups fit
	type place struct{ card, group int }
	var order []place
	room := markdownLimit - len(head) - len(foot)
	for i, c := range g.Families {
		cards[i] = make([]bool, len(c.Groups))
		room -= len(markdownCard(c, nil))
		for j := range c.Groups {
			order = append(order, place{i, j})
		}
	}
	slices.SortStableFunc(order, func(a, b place) int {
		return cmp.Compare(g.Families[a.card].Groups[a.group].rank, g.Families[b.card].Groups[b.group].rank)
	})
	for _, at := range order {
		if n := len(markdownGroup(g.Families[at.card].Groups[at.group])); n <= room {
			room -= n
			cards[at.card][at.group] = true
		}
	}
	var out strings.Builder
	out.WriteString(head)
	for i, c := range g.Families {
		text := markdownCard(c, cards[i])
		if out.Len()+len(text)+len(foot)+len(moreImages) > markdownLimit {
			out.WriteString(moreImages)
			break
		}
		out.WriteString(text)
	}
	return out.String() + foot
}

const moreImages = "There are more images, which do not fit: `gild plan` shows them.\n\n"

func markdownHead(g *page, withhold func(string) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### gild plan: %s\n\n", g.Title)
	if len(g.Images) > 0 {
		b.WriteString("| image | output | add | change | destroy | first boot | steps |\n|---|---|--:|--:|--:|--:|--:|\n")
	}
	for i, img := range g.Images {
		if i == markdownRows && len(g.Images) > i+1 {
			fmt.Fprintf(&b, "| and %d more | | | | | | |\n", len(g.Images)-i)
			break
		}
		steps := fmt.Sprint(len(img.Steps))
		switch {
		case img.UpToDate:
			steps = "up to date"
		case img.Cached > 0:
			steps = fmt.Sprintf("%d, %d cached", len(img.Steps), img.Cached)
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %s |\n", codeCell(withhold(img.Name)), codeCell(withhold(destination(img))),
			img.Changes.Add, img.Changes.Change, img.Changes.Destroy, img.Holds.Queued, steps)
	}
	b.WriteString("\n")
	markdownItems(&b, "**Will be destroyed:**", g.Destroyed)
	markdownItems(&b, "**Can't be undone:**", g.Final)
	if len(g.Facts) > 0 {
		b.WriteString("**What it takes:**\n\n")
	}
	for _, f := range g.Facts {
		fmt.Fprintf(&b, "* %s: %s\n", f.Name, prose(withhold(f.Text)))
	}
	if len(g.Facts) > 0 {
		b.WriteString("\n")
	}
	if len(g.Queued) > 0 {
		fmt.Fprintf(&b, "<details><summary>Waits for the first boot: %s</summary>\n\n", count(g.Holds.Queued, "resource"))
		markdownItems(&b, "", g.Queued)
		b.WriteString("</details>\n\n")
	}
	return b.String()
}

func markdownItems(b *strings.Builder, title string, items []string) {
	if len(items) == 0 {
		return
	}
	if title != "" {
		fmt.Fprintf(b, "%s\n\n", title)
	}
	for i, item := range items {
		if i == markdownList && len(items) > i+1 {
			fmt.Fprintf(b, "* and %d more\n", len(items)-i)
			break
		}
		fmt.Fprintf(b, "* %s\n", code(item))
	}
	b.WriteString("\n")
}

// markdownCard returns a family with those of its groups that fit; nil: none.
func markdownCard(c pageCard, fits []bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<details><summary><code>%s</code> (+%d ~%d -%d)</summary>\n\n", html.EscapeString(c.Title), c.Counts.Add, c.Counts.Change, c.Counts.Destroy)
	for _, line := range c.About {
		fmt.Fprintf(&b, "* %s\n", prose(line))
	}
	if len(c.About) > 0 {
		b.WriteString("\n")
	}
	left := len(c.Groups)
	for i, fit := range fits {
		if fit {
			left--
			b.WriteString(markdownGroup(c.Groups[i]))
		}
	}
	if left > 0 {
		fmt.Fprintf(&b, "%s not shown, because there is no room: `gild plan` shows all.\n\n", plural(left, "resource is", "resources are"))
	}
	b.WriteString("</details>\n\n")
	return b.String()
}

// markdownGroup returns a fence that nothing in it closes.
func markdownGroup(g pageGroup) string {
	fence := strings.Repeat("`", max(3, longestRun(g.Diff, '`')+1))
	in := ""
	if g.In != "" {
		in = "Only in " + code(g.In) + ":\n\n"
	}
	return in + fence + "diff\n" + g.Diff + fence + "\n\n"
}

func markdownFoot(g *page, withhold func(string) string) string {
	foot := "Plan " + code(g.Digest) + ", by gild " + code(withhold(g.GildVersion))
	if of := revised(g.Plan); of != "" {
		foot += ", from commit " + code(of)
	}
	if g.Revision.Lock != "" {
		foot += ", lock " + code(g.Revision.Lock)
	}
	return foot + "\n"
}

// code returns a text as code, in which nothing has a meaning in Markdown or HTML: no
// name in it calls a person.
func code(text string) string {
	text = printable(text)
	fence := strings.Repeat("`", longestRun(text, '`')+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") || strings.Trim(text, " ") == "" {
		text = " " + text + " "
	}
	return fence + text + fence
}

// codeCell is code in a table, where a bar would begin another cell.
func codeCell(text string) string {
	return "<code>" + strings.NewReplacer("|", "&#124;", "`", "&#96;", "\\", "&#92;", "*", "&#42;", "_", "&#95;", "[", "&#91;", "]", "&#93;", "@", "&#64;", "~", "&#126;", ":", "&#58;", "!", "&#33;").
		Replace(html.EscapeString(cut(printable(text), longestName))) + "</code>"
}

// prose returns a text in which nothing has a meaning: all punctuation is escaped, and
// nothing in it calls a person.
func prose(text string) string {
	var b strings.Builder
	for _, r := range printable(text) {
		switch {
		case r == '@':
			b.WriteString("@\u200b")
			continue
		case r < 0x80 && strings.ContainsRune("\\`*_{}[]()<>#+-.!|~&:\"'$^=", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// longestRun is the length of the longest row of a character in a text.
func longestRun(text string, of rune) int {
	longest, run := 0, 0
	for _, r := range text {
		if run++; r != of {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
