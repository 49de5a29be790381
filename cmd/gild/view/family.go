package view

import (
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/planner/document/review"
)

// manyImages is from how many images on only their names are listed, and not where each is
// written.
const manyImages = 9

// familyPrinter prints what changes in images that are shown together.
type familyPrinter struct {
	changePrinter
	detail Detail
	kinds  dsl.Kinds
}

// family prints what changes in images that are shown together.
func (p familyPrinter) family(f review.Family) {
	p.familyHead(f.Images)
	for _, img := range f.Images {
		printDrift(p.styled, img.Drift)
	}
	for _, part := range f.Parts {
		switch {
		case len(part.Images) < len(f.Images):
			p.para("  ", "    ", "%s", p.paint(bold, "Only in "+planner.Enumerate(imageNames(part.Images))+":"))
			p.printf("\n")
		case len(f.Parts) > 1:
			p.printf("  %s\n\n", p.paint(bold, "In all of them:"))
		}
		for _, g := range part.Groups {
			p.group(part, g)
		}
	}
	for _, img := range f.Images {
		p.cached(img, len(f.Images) > 1)
	}
}

// familyHead says what images are made from, where they are written, and why.
func (p familyPrinter) familyHead(images []*document.Image) {
	first := images[0]
	alike := !slices.ContainsFunc(images, func(img *document.Image) bool { return from(img) != from(first) })
	switch {
	case len(images) == 1:
		p.para("", "  ", "%s: %s", p.paint(bold, first.Name), origin(first))
	case alike:
		label, _, _ := strings.Cut(first.Name, "[")
		p.para("", "  ", "%s: %d images of %s", p.paint(bold, label), len(images), from(first))
	default:
		label, _, _ := strings.Cut(first.Name, "[")
		p.para("", "  ", "%s: %d images", p.paint(bold, label), len(images))
	}
	switch {
	case len(images) >= manyImages && alike:
		p.para("  ", "  ", "%s", strings.Join(imageNames(images), ", "))
	case len(images) > 1:
		for _, img := range images {
			if where := to(img); alike {
				p.para("  ", "      ", "%s%s", img.Name, where)
			} else {
				p.para("  ", "      ", "%s: %s", img.Name, origin(img))
			}
		}
	}
	p.each(images, "", func(img *document.Image) []string {
		if written := planner.Written(img.Export); written != "" {
			return []string{"written with " + written}
		}
		return nil
	})
	p.each(images, p.paint(yellow, "!")+" ", func(img *document.Image) []string { return img.Warnings })
	p.each(images, "", func(img *document.Image) []string { return img.Reasons })
	p.printf("\n")
}

// each prints what there is to say of images: what is true of all of them once.
func (p familyPrinter) each(images []*document.Image, sign string, of func(*document.Image) []string) {
	var texts []string
	said := map[string][]string{}
	for _, img := range images {
		for _, text := range of(img) {
			if said[text] == nil {
				texts = append(texts, text)
			}
			said[text] = append(said[text], img.Name)
		}
	}
	for _, text := range texts {
		whose := ""
		if len(said[text]) < len(images) {
			whose = strings.Join(said[text], ", ") + ": "
		}
		p.para("  "+sign, "    ", "%s%s", whose, printable(text))
	}
}

func imageNames(images []*document.Image) []string {
	var names []string
	for _, img := range images {
		names = append(names, img.Name)
	}
	return names
}

// cached says from which checkpoint an image goes on, if there is one.
func (p familyPrinter) cached(img *document.Image, named bool) {
	of := ""
	if named {
		of = img.Name + ": "
	}
	switch n := img.Cached; {
	case n == 0:
		return
	case n == len(img.Steps):
		p.para("  ", "  ", "%s%s in checkpoints; apply writes the output from there.", of, allOf(n, "step is", "steps are"))
	default:
		p.para("  ", "  ", "%s%d of %s in checkpoints; apply goes on with %s.",
			of, n, plural(len(img.Steps), "step is", "steps are"), review.Local(img.Steps[n].Address))
	}
	p.printf("\n")
}
