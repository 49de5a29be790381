package dsl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// instances returns all images, and records the output of each, so that others can refer
// to it.
func (l *loader) instances() []*instance {
	var all []*instance
	known := map[string]*peers{}
	for _, block := range l.imageOrder {
		attrs := block.content.Attributes
		p := &peers{family: attrs["for_each"] != nil, members: map[string]*peer{}}
		for _, in := range l.expandImage(block) {
			all = append(all, in)
			p.members[in.key] = &peer{name: in.Name, output: in.Output, inPlace: attrs["target"] != nil && attrs["output"] == nil}
		}
		known[block.name] = p
	}
	l.refs.blocks = known
	return all
}

// takeSource handles a source that is another image's output, or a file in another image's
// source.
func (in *instance) takeSource() {
	im, from := in.Image, in.from
	if from.none() || im.Source == "" {
		return
	}
	for _, name := range from.outputs {
		if im.From == "" && in.refs.named(name).output == im.Source {
			im.From = name
		}
	}
	for _, f := range from.files {
		if im.Inner == nil && im.From == "" && f.Path == im.Source {
			im.Inner = &f
		}
	}
	switch {
	case im.From == "" && im.Inner == nil:
		in.wrong("source", "A reference to another image must be its output, or a file in its source, and nothing else.")
	case im.Inner != nil:
		im.Source = ""
	}
}

// A need is a node of the dependency graph: the source or the output of an image.
type need struct {
	of imagePart
	at hcl.Range // where it is written
}

type imagePart struct {
	image  *Image
	output bool // else the source
}

// needs is the dependency graph of the images.
type needs struct {
	*reporter
	byName map[string]*Image
	state  map[imagePart]visit
	chain  []imagePart
	closed bool // a cycle was found
}

// resolveNeeds sets the dependencies of each image, and reports cycles.
func resolveNeeds(r *reporter, images []*Image) {
	n := &needs{reporter: r, byName: map[string]*Image{}, state: map[imagePart]visit{}}
	for _, im := range images {
		n.byName[im.Name] = im
	}
	for _, im := range images {
		n.walk(need{imagePart{im, true}, im.Range})
	}
	if n.closed {
		return
	}
	for _, im := range images {
		im.Needs = n.ofSource(im)
		for _, r := range im.Resources {
			im.Needs = append(im.Needs, r.Needs...)
		}
		slices.Sort(im.Needs)
		im.Needs = slices.Compact(im.Needs)
	}
}

// ofSource returns the image whose output the image's source is or is in.
func (n *needs) ofSource(im *Image) []string {
	for im.Inner != nil {
		im = n.byName[im.Inner.Image]
	}
	if im.From != "" {
		return []string{im.From}
	}
	return nil
}

// direct returns the direct dependencies of a node.
func (n *needs) direct(p imagePart) []need {
	im, at := p.image, p.image.AttrRange("source")
	var all []need
	switch {
	case !p.output && im.From != "":
		return []need{{imagePart{n.byName[im.From], true}, at}}
	case !p.output && im.Inner != nil:
		return []need{{imagePart{n.byName[im.Inner.Image], false}, at}}
	case !p.output:
		return nil
	}
	all = append(all, need{imagePart{im, false}, at})
	for _, r := range im.Resources {
		for _, name := range r.Needs {
			all = append(all, need{imagePart{n.byName[name], true}, r.Range})
		}
	}
	return all
}

// walk searches for a cycle through a node, which the author wrote at a range.
func (n *needs) walk(to need) {
	switch n.state[to.of] {
	case visited:
		return
	case visiting:
		n.circle(to)
		return
	}
	n.state[to.of] = visiting
	n.chain = append(n.chain, to.of)
	for _, next := range n.direct(to.of) {
		n.walk(next)
	}
	n.chain = n.chain[:len(n.chain)-1]
	n.state[to.of] = visited
}

func (n *needs) circle(closing need) {
	n.closed = true
	var links []string
	for _, p := range slices.Concat(n.chain[slices.Index(n.chain, closing.of):], []imagePart{closing.of}) {
		if link := "image." + p.image.Name; len(links) == 0 || links[len(links)-1] != link {
			links = append(links, link)
		}
	}
	if len(links) == 1 {
		links = append(links, links[0])
	}
	n.errorAt(closing.at, "Images made of each other", fmt.Sprintf(
		"%s would be made from itself: %s. Start one of them from a file.", links[0], strings.Join(links, " → ")))
}
