package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/planner/document/review"
	"github.com/gildhq/gild/providers"
)

// drawing is the configuration as a picture a person can use: what one resource stands for
// is one node, images of one for_each are one lane, and the order of servicing is that of
// the phases. That nothing but their places in the files orders two resources is not in it.
type drawing struct {
	Lanes []*lane
	Needs []arrow // dependencies, between IDs of nodes, also of other lanes
}

// lane is an image, or the images of one for_each.
type lane struct {
	Name           string
	Source, Output box
	Phases         []*phaseBox
}

// phaseBox is the resources of one phase of servicing.
type phaseBox struct {
	Phase providers.Phase
	Boxes []*box
}

// box is a node.
type box struct {
	ID    string
	Label string
	Note  string // what more there is to say
	Gone  bool   // it is declared to be absent
	names []string
}

type arrow struct{ From, To string }

// fewOfKind is how many resources of one kind a phase shows that have to do with no other;
// of more it shows the number.
const fewOfKind = 8

// newDrawing draws an outline.
func newDrawing(p *document.Plan) *drawing {
	d := &drawing{}
	outputs := map[string]string{} // IDs by image
	families := review.Families(declared(p))
	for _, f := range families {
		d.Lanes = append(d.Lanes, newLane(f, outputs))
	}
	for i, f := range families {
		d.arrows(d.Lanes[i], f, outputs)
	}
	for _, l := range d.Lanes {
		for _, ph := range l.Phases {
			d.merge(ph)
		}
	}
	return d
}

// declared returns the plan with a change for each resource that has a step: what is
// declared to be absent changes nothing in an outline.
func declared(p *document.Plan) *document.Plan {
	out := *p
	out.Images = nil
	for _, img := range p.Images {
		all := *img
		all.ResourceChanges = nil
		for _, c := range img.ResourceChanges {
			if c := *c; len(c.Steps) > 0 {
				if c.Action == planner.NoChange {
					c.Action = providers.Delete
				}
				all.ResourceChanges = append(all.ResourceChanges, &c)
			}
		}
		out.Images = append(out.Images, &all)
	}
	return &out
}

func newLane(f review.Family, outputs map[string]string) *lane {
	first := f.Images[0]
	l := &lane{Name: first.Name, Source: box{ID: start(first), Label: start(first)}, Output: box{ID: destination(first), Label: destination(first)}}
	if n := len(f.Images); n > 1 {
		label, _, _ := strings.Cut(first.Name, "[")
		l.Name = fmt.Sprintf("%s, %d images", label, n)
		l.Output.Note = fmt.Sprintf("and %d more", n-1)
		if slices.ContainsFunc(f.Images, func(img *document.Image) bool { return start(img) != start(first) }) {
			l.Source.Note = "and others"
		}
	}
	for _, img := range f.Images {
		outputs[img.Name] = l.Output.ID
	}
	at := map[providers.Phase]*phaseBox{}
	seen := map[string]*box{}
	for _, part := range f.Parts {
		for _, g := range part.Groups {
			if seen[g.Address] != nil {
				continue // other images have it with other values
			}
			b := &box{ID: boxID(first.Name, g.Address), Label: g.Address, names: []string{g.Address}}
			b.Gone = g.Action() == providers.Delete
			switch n := len(g.Changes); {
			case n > 1:
				b.Note = count(n, "resource")
			case b.Gone:
				b.Note = "absent"
			}
			if len(part.Images) < len(f.Images) && !slices.ContainsFunc(f.Parts, func(p review.Part) bool { return len(p.Images) > len(part.Images) && has(p, g.Address) }) {
				b.Note = strings.TrimPrefix(b.Note+", not in all images alike", ", ")
			}
			phase := g.Changes[0].Phase
			for _, c := range g.Changes {
				phase = min(phase, c.Phase)
			}
			if at[phase] == nil {
				at[phase] = &phaseBox{Phase: phase}
				l.Phases = append(l.Phases, at[phase])
			}
			seen[g.Address], at[phase].Boxes = b, append(at[phase].Boxes, b)
		}
	}
	slices.SortFunc(l.Phases, func(a, b *phaseBox) int { return cmp.Compare(a.Phase, b.Phase) })
	return l
}

func has(p review.Part, address string) bool {
	return slices.ContainsFunc(p.Groups, func(g review.Group) bool { return g.Address == address })
}

// boxID is the address of a resource; images of one for_each share it.
func boxID(image, local string) string {
	label, _, _ := strings.Cut(image, "[")
	return label + "/" + local
}

// arrows notes what the author says depends on what.
func (d *drawing) arrows(l *lane, f review.Family, outputs map[string]string) {
	add := func(from, to string) {
		if a := (arrow{from, to}); from != "" && from != to && !slices.Contains(d.Needs, a) {
			d.Needs = append(d.Needs, a)
		}
	}
	for _, img := range f.Images {
		if w := img.Source.Within; w != nil {
			for _, other := range d.Lanes {
				if other.Name == w.Image {
					add(other.Source.ID, l.Source.ID)
				}
			}
		}
		for _, c := range img.ResourceChanges {
			to := boxID(img.Name, review.Declared(review.Local(c.Address)))
			for _, on := range c.DependsOn {
				add(boxID(img.Name, review.Declared(review.Local(on))), to)
			}
			for _, name := range c.Needs {
				add(outputs[name], to)
			}
		}
	}
}

// merge replaces many resources of one kind that have to do with no other by one box.
func (d *drawing) merge(ph *phaseBox) {
	alone := map[string][]*box{}
	for _, b := range ph.Boxes {
		if b.Note == "" && !slices.ContainsFunc(d.Needs, func(a arrow) bool { return a.From == b.ID || a.To == b.ID }) {
			kind := review.Group{Address: b.Label}.Kind()
			alone[kind] = append(alone[kind], b)
		}
	}
	ph.Boxes = slices.DeleteFunc(ph.Boxes, func(b *box) bool {
		kind := review.Group{Address: b.Label}.Kind()
		many := alone[kind]
		if len(many) <= fewOfKind || !slices.Contains(many, b) || many[0] == b {
			return false
		}
		many[0].names = append(many[0].names, b.names...)
		return true
	})
	for _, b := range ph.Boxes {
		if n := len(b.names); n > 1 {
			b.Label, b.Note = fmt.Sprintf("%d × %s", n, review.Group{Address: b.Label}.Kind()), some(b.names)
		}
	}
}

// censor takes sensitive values out of what is shown: of one that is cut, what is left would
// not be found.
func (d *drawing) censor(withhold func(string) string) {
	of := func(b *box) { b.Label, b.Note = withhold(b.Label), withhold(b.Note) }
	for _, l := range d.Lanes {
		l.Name = withhold(l.Name)
		of(&l.Source)
		of(&l.Output)
		for _, ph := range l.Phases {
			for _, b := range ph.Boxes {
				of(b)
			}
		}
	}
}

// start names what an image is made from.
func start(img *document.Image) string {
	if img.Source.Index > 0 {
		return fmt.Sprintf("%s:%d", img.Source.Path, img.Source.Index)
	}
	return img.Source.Path
}

// text is the label and the note of a box.
func (b *box) text(separator string) string {
	if b.Note == "" {
		return b.Label
	}
	return b.Label + separator + b.Note
}

// Dot prints the graph of a plan in the language of Graphviz.
func (s *Screen) Dot(p *document.Plan) {
	d := newDrawing(p)
	s.out.printf("digraph gild {\n  rankdir = \"LR\";\n  compound = true;\n  node [shape = box];\n")
	for i, l := range d.Lanes {
		s.out.printf("  %s [shape = cylinder, label = %s];\n", dotQuote(l.Source.ID), dotQuote(l.Source.text("\n")))
		s.out.printf("  %s [shape = cylinder, label = %s];\n", dotQuote(l.Output.ID), dotQuote(l.Output.text("\n")))
		s.out.printf("  subgraph \"cluster_%d\" {\n    label = %s;\n", i, dotQuote(l.Name))
		for _, ph := range l.Phases {
			s.out.printf("    subgraph \"cluster_%d_%d\" {\n      label = %s;\n      style = rounded;\n", i, ph.Phase, dotQuote(ph.Phase.Name()))
			for _, b := range ph.Boxes {
				s.out.printf("      %s [label = %s];\n", dotQuote(b.ID), dotQuote(b.text("\n")))
			}
			s.out.printf("    }\n")
		}
		s.out.printf("  }\n")
		previous, tail := l.Source.ID, ""
		for _, ph := range l.Phases {
			s.out.printf("  %s -> %s [style = dashed, %slhead = \"cluster_%d_%d\"];\n", dotQuote(previous), dotQuote(ph.Boxes[0].ID), tail, i, ph.Phase)
			previous, tail = ph.Boxes[0].ID, fmt.Sprintf("ltail = \"cluster_%d_%d\", ", i, ph.Phase)
		}
		s.out.printf("  %s -> %s [%sstyle = dashed];\n", dotQuote(previous), dotQuote(l.Output.ID), tail)
	}
	for _, a := range d.Needs {
		s.out.printf("  %s -> %s;\n", dotQuote(a.From), dotQuote(a.To))
	}
	s.out.printf("}\n")
}

func dotQuote(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(printable(line))
	}
	return `"` + strings.Join(lines, `\n`) + `"`
}

// Mermaid prints the graph of a plan in the language of Mermaid.
func (s *Screen) Mermaid(p *document.Plan) {
	d := newDrawing(p)
	s.out.printf("flowchart LR\n")
	ids := map[string]string{}
	id := func(name string) string {
		if ids[name] == "" {
			ids[name] = fmt.Sprintf("n%d", len(ids)+1)
		}
		return ids[name]
	}
	for i, l := range d.Lanes {
		s.out.printf("  %s[(%s)]\n", id(l.Source.ID), mermaidQuote(l.Source.text(", ")))
		s.out.printf("  %s[(%s)]\n", id(l.Output.ID), mermaidQuote(l.Output.text(", ")))
		s.out.printf("  subgraph g%d[%s]\n", i+1, mermaidQuote(l.Name))
		for _, ph := range l.Phases {
			s.out.printf("    subgraph g%d_%d[%s]\n", i+1, ph.Phase, mermaidQuote(ph.Phase.Name()))
			for _, b := range ph.Boxes {
				s.out.printf("      %s[%s]\n", id(b.ID), mermaidQuote(b.text(", ")))
			}
			s.out.printf("    end\n")
		}
		s.out.printf("  end\n")
		previous := id(l.Source.ID)
		for _, ph := range l.Phases {
			cluster := fmt.Sprintf("g%d_%d", i+1, ph.Phase)
			s.out.printf("  %s -.-> %s\n", previous, cluster)
			previous = cluster
		}
		s.out.printf("  %s -.-> %s\n", previous, id(l.Output.ID))
	}
	for _, a := range d.Needs {
		s.out.printf("  %s --> %s\n", id(a.From), id(a.To))
	}
}

func mermaidQuote(s string) string {
	return `"` + strings.NewReplacer(`"`, "#quot;", "#", "#35;", "<", "#lt;", ">", "#gt;", "&", "#amp;", "`", "#96;").Replace(printable(s)) + `"`
}
