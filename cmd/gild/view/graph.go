package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl"
)

// Graph is a configuration as nodes and edges.
type Graph struct {
	images []graphImage
}

type graphImage struct {
	name, from, to string
	inner          string            // the file that from lies in; empty if it is one itself
	resources      []*dsl.Resource   // in the order of servicing
	outputs        map[string]string // of all images, by name
}

// NewGraph makes the graph of a configuration that has been checked, with the resources
// of each image in their order.
func NewGraph(config *dsl.Config, ordered map[string][]*dsl.Resource) Graph {
	var g Graph
	outputs, sources := map[string]string{}, map[string]string{}
	for _, img := range config.Images {
		outputs[img.Name], sources[img.Name] = img.Output, sourceOf(config, img)
	}
	for _, img := range config.Images {
		gi := graphImage{name: img.Name, from: sources[img.Name], to: img.Output, outputs: outputs}
		if img.Inner != nil {
			gi.inner = sources[img.Inner.Image]
		}
		if img.Target != "" {
			gi.from, gi.to = img.Target, img.Target
		}
		if img.Index > 0 {
			gi.from = fmt.Sprintf("%s:%d", gi.from, img.Index)
		}
		gi.resources = ordered[img.Name]
		g.images = append(g.images, gi)
	}
	return g
}

// sourceOf returns what an image starts from; of a file in a source also which one.
func sourceOf(config *dsl.Config, img *dsl.Image) string {
	if img.Inner == nil {
		return img.Source
	}
	for _, outer := range config.Images {
		if outer.Name == img.Inner.Image {
			return sourceOf(config, outer) + "/" + img.Inner.Path
		}
	}
	return img.Inner.Path
}

// Dot prints the graph in the language of Graphviz.
func (s *Screen) Dot(g Graph) {
	s.out.printf("digraph gild {\n  rankdir = \"LR\";\n  compound = true;\n  node [shape = box];\n")
	for i, img := range g.images {
		s.out.printf("  %s [shape = cylinder];\n", dotQuote(img.from))
		s.out.printf("  %s [shape = cylinder];\n", dotQuote(img.to))
		s.out.printf("  subgraph \"cluster_%d\" {\n    label = %s;\n", i, dotQuote(img.name))
		for _, r := range img.resources {
			s.out.printf("    %s [label = %s];\n", dotQuote(r.Addr.String()), dotQuote(r.Addr.Local()))
		}
		s.out.printf("  }\n")
		img.edges(func(from, to string, dependency bool) {
			style := " [style = dashed]"
			if dependency {
				style = ""
			}
			s.out.printf("  %s -> %s%s;\n", dotQuote(from), dotQuote(to), style)
		})
	}
	s.out.printf("}\n")
}

// edges calls edge for each edge of the image: from the source through the
// resources in their order to the output, and the dependencies that the author
// has written, those on other images included.
func (gi *graphImage) edges(edge func(from, to string, dependency bool)) {
	previous := gi.from
	if gi.inner != "" {
		edge(gi.inner, gi.from, true)
	}
	for _, r := range gi.resources {
		address := r.Addr.String()
		if !slices.ContainsFunc(r.DependsOn, func(a dsl.Addr) bool { return a.String() == previous }) {
			edge(previous, address, false)
		}
		for _, d := range r.DependsOn {
			edge(d.String(), address, true)
		}
		for _, name := range r.Needs {
			edge(gi.outputs[name], address, true)
		}
		previous = address
	}
	edge(previous, gi.to, false)
}

func dotQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(printable(s)) + `"`
}

// Mermaid prints the graph in the language of Mermaid.
func (s *Screen) Mermaid(g Graph) {
	s.out.printf("flowchart LR\n")
	ids := map[string]string{}
	id := func(name string) string {
		if ids[name] == "" {
			ids[name] = fmt.Sprintf("n%d", len(ids)+1)
		}
		return ids[name]
	}
	for i, img := range g.images {
		s.out.printf("  %s[(%s)]\n", id(img.from), mermaidQuote(img.from))
		s.out.printf("  %s[(%s)]\n", id(img.to), mermaidQuote(img.to))
		s.out.printf("  subgraph g%d[%s]\n", i+1, mermaidQuote(img.name))
		for _, r := range img.resources {
			s.out.printf("    %s[%s]\n", id(r.Addr.String()), mermaidQuote(r.Addr.Local()))
		}
		s.out.printf("  end\n")
		img.edges(func(from, to string, dependency bool) {
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
