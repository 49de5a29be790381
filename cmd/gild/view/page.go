package view

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/planner/document/review"
	"github.com/gildhq/gild/providers"
)

// page is a plan as a reviewer reads it, whatever the form. All of its text is without
// sensitive values, and none of it is escaped.
type page struct {
	*document.Plan
	Title     string
	Facts     []fact     // costs, and what waits for the first boot
	Destroyed []string   // what is destroyed
	Final     []string   // what can't be undone
	Queued    []string   // what waits for the first boot
	Families  []pageCard // what changes
}

type fact struct{ Name, Text string }

// pageCard is images that are shown together.
type pageCard struct {
	Title  string
	Counts planner.Counts
	About  []string
	Groups []pageGroup
	Left   int // groups that do not fit
}

// pageGroup is what changes of one declared resource.
type pageGroup struct {
	In   string // images, if it is not in all of the family
	Diff string // lines that begin with +, -, !, # or a space
	rank int    // the lowest is the most important
}

// newPage arranges a plan.
func newPage(s Streams, p *document.Plan, kinds dsl.Kinds) *page {
	withhold := s.withholding()
	paper := familyPrinter{changePrinter{styled{withhold: withhold}}, Grouped, kinds} // its lines are not broken
	families := review.Families(p)
	g := &page{Plan: p, Title: title(p)}
	g.Destroyed = listed(families, func(c review.Change) bool { return c.Action == providers.Delete })
	g.Final = listed(families, review.Change.Irreversible)
	g.Queued = listed(families, func(c review.Change) bool { return c.Waits })
	g.Facts = facts(p)
	for _, f := range families {
		g.Families = append(g.Families, paper.card(f))
	}
	for _, list := range [][]string{g.Destroyed, g.Final, g.Queued} {
		for i := range list {
			list[i] = cut(withhold(list[i]), longestName)
		}
	}
	return g
}

// longestName is how many columns of a name, or a list of them, are shown.
const longestName = 200

func title(p *document.Plan) string {
	if !p.Applyable {
		return "No changes"
	}
	return fmt.Sprintf("%d to add, %d to change, %d to destroy", p.Changes.Add, p.Changes.Change, p.Changes.Destroy)
}

func facts(p *document.Plan) []fact {
	var all []fact
	add := func(name, format string, args ...any) { all = append(all, fact{name, fmt.Sprintf(format, args...)}) }
	if e := p.Expected; e != nil {
		if e.Seconds != nil {
			add("Time", "%s", timing(e))
		} else {
			add("Time", "not known yet")
		}
		add("Disk", "up to %s", size.Text(e.RoomBytes))
		add("Checkpoints", "%d", e.Checkpoints)
		if e.WorstLoss != nil {
			add("A crash costs", "%s of work at worst", roughly(history.Duration(*e.WorstLoss)))
		}
	}
	if text := p.Holds.Text(); text != "" {
		add("Resources", "%s", text)
	}
	for _, w := range p.Waiting {
		add("Later", "%s", waits(w))
	}
	if !p.Complete {
		add("Limited", "with -target: other resources were not looked at")
	}
	return all
}

// card arranges what changes in images that are shown together.
func (p familyPrinter) card(f review.Family) pageCard {
	var head bytes.Buffer
	p.Writer = &head
	p.familyHead(f.Images)
	for _, img := range f.Images {
		printDrift(p.styled, img.Drift)
		p.cached(img, len(f.Images) > 1)
	}
	lines := strings.Split(strings.TrimRight(head.String(), "\n"), "\n")
	c := pageCard{Title: cut(lines[0], longestName)}
	for _, line := range lines[1:] {
		if line = strings.TrimSpace(line); line != "" {
			c.About = append(c.About, cut(line, 2*longestName))
		}
	}
	const most = 40
	if more := len(c.About) - most; more > 0 {
		c.About = append(c.About[:most], fmt.Sprintf("and %d more", more))
	}
	for _, img := range f.Images {
		c.Counts.Add, c.Counts.Change, c.Counts.Destroy = c.Counts.Add+img.Changes.Add, c.Counts.Change+img.Changes.Change, c.Counts.Destroy+img.Changes.Destroy
	}
	for _, part := range f.Parts {
		in := ""
		if len(part.Images) < len(f.Images) {
			in = cut(p.withhold(some(imageNames(part.Images))), longestName)
		}
		for _, g := range part.Groups {
			var text bytes.Buffer
			p.Writer = &text
			p.group(part, g)
			c.Groups = append(c.Groups, pageGroup{In: in, Diff: asDiff(text.String()), rank: rank(g)})
		}
	}
	return c
}

// rank is lower for what a reviewer has to see first.
func rank(g review.Group) int {
	n := g.Counts()
	switch {
	case n.Destroy > 0, slices.ContainsFunc(g.Changes, review.Change.Irreversible):
		return 0
	case n.Change > 0:
		return 1
	case n.Add > 0:
		return 2
	}
	return 3
}

// marked is a line with the symbol of an action.
var marked = regexp.MustCompile(`^( *)([-+~]) (.*)$`)

// asDiff brings symbols to the beginning of lines, where programs that colour differences
// look for them; they take ! for what changes.
func asDiff(text string) string {
	var out strings.Builder
	const attribute = 6 // columns before the symbol of an attribute
	of := ""            // the symbol of the attribute that lines without one belong to
	for _, line := range strings.Split(strings.Trim(text, "\n"), "\n") {
		switch m := marked.FindStringSubmatch(line); {
		case m != nil:
			symbol := m[2]
			if len(m[1]) <= attribute {
				of = symbol
			}
			if symbol == "~" {
				symbol = "!"
			}
			line = symbol + m[1] + " " + m[3]
		case (of == "+" || of == "-") && strings.HasPrefix(line, strings.Repeat(" ", attribute+2)):
			line = of + line
		case strings.HasPrefix(line, "  # "):
			line = line[2:]
		default:
			line = " " + line
		}
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return out.String()
}

// revised says what the configuration is a state of.
func revised(p *document.Plan) string {
	r := p.Revision
	switch {
	case r.Commit == "":
		return ""
	case r.Dirty:
		return r.Commit + ", with changes that are not committed"
	}
	return r.Commit
}
