package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/planner/document"
)

// node is a resource in a graph.
type node struct {
	*document.ResourceChange
	label string // its address without the image
}

// nodes returns the resources of an image that have steps, in the order of these.
func nodes(img *document.Image) []node {
	var all []node
	for _, c := range img.ResourceChanges {
		if len(c.Steps) > 0 {
			all = append(all, node{c, strings.TrimPrefix(c.Address, img.Name+"/")})
		}
	}
	slices.SortStableFunc(all, func(a, b node) int { return a.Steps[0] - b.Steps[0] })
	return all
}

// start names what an image is made from.
func start(img *document.Image) string {
	if img.Source.Index > 0 {
		return fmt.Sprintf("%s:%d", img.Source.Path, img.Source.Index)
	}
	return img.Source.Path
}

// edges calls edge for each edge of an image: from the source through the resources in
// the order of their steps to the output, and the dependencies that the author has
// written, those on other images included.
func edges(p *document.Plan, img *document.Image, edge func(from, to string, dependency bool)) {
	previous := start(img)
	outputs := map[string]string{}
	for _, other := range p.Images {
		outputs[other.Name] = destination(other)
		if w := img.Source.Within; w != nil && w.Image == other.Name {
			edge(start(other), previous, true)
		}
	}
	for _, n := range nodes(img) {
		if !slices.Contains(n.DependsOn, previous) {
			edge(previous, n.Address, false)
		}
		for _, on := range n.DependsOn {
			edge(on, n.Address, true)
		}
		for _, name := range n.Needs {
			edge(outputs[name], n.Address, true)
		}
		previous = n.Address
	}
	edge(previous, destination(img), false)
}

// Dot prints the graph of a plan in the language of Graphviz.
func (s *Screen) Dot(p *document.Plan) {
	s.out.printf("digraph gild {\n  rankdir = \"LR\";\n  compound = true;\n  node [shape = box];\n")
	for i, img := range p.Images {
		s.out.printf("  %s [shape = cylinder];\n", dotQuote(start(img)))
		s.out.printf("  %s [shape = cylinder];\n", dotQuote(destination(img)))
		s.out.printf("  subgraph \"cluster_%d\" {\n    label = %s;\n", i, dotQuote(img.Name))
		for _, n := range nodes(img) {
			s.out.printf("    %s [label = %s];\n", dotQuote(n.Address), dotQuote(n.label))
		}
		s.out.printf("  }\n")
		edges(p, img, func(from, to string, dependency bool) {
			style := " [style = dashed]"
			if dependency {
				style = ""
			}
			s.out.printf("  %s -> %s%s;\n", dotQuote(from), dotQuote(to), style)
		})
	}
	s.out.printf("}\n")
}

func dotQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(printable(s)) + `"`
}

// Mermaid prints the graph of a plan in the language of Mermaid.
func (s *Screen) Mermaid(p *document.Plan) {
	s.out.printf("flowchart LR\n")
	ids := map[string]string{}
	id := func(name string) string {
		if ids[name] == "" {
			ids[name] = fmt.Sprintf("n%d", len(ids)+1)
		}
		return ids[name]
	}
	for i, img := range p.Images {
		s.out.printf("  %s[(%s)]\n", id(start(img)), mermaidQuote(start(img)))
		s.out.printf("  %s[(%s)]\n", id(destination(img)), mermaidQuote(destination(img)))
		s.out.printf("  subgraph g%d[%s]\n", i+1, mermaidQuote(img.Name))
		for _, n := range nodes(img) {
			s.out.printf("    %s[%s]\n", id(n.Address), mermaidQuote(n.label))
		}
		s.out.printf("  end\n")
		edges(p, img, func(from, to string, dependency bool) {
			arrow := "-.->"
			if dependency {
				arrow = "-->"
			}
			s.out.printf("  %s %s %s\n", id(from), arrow, id(to))
		})
	}
}

func mermaidQuote(s string) string {
	return `"` + strings.NewReplacer(`"`, "#quot;", "#", "#35;").Replace(printable(s)) + `"`
}
