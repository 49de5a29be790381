package view

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/providers"
)

// outline is a configuration of many resources in several images.
func outline(images, resources int) *document.Plan {
	p := &document.Plan{}
	for i := range images {
		img := &document.Image{Name: fmt.Sprint("i", i), Source: document.Source{Path: "base.wim"}, Output: fmt.Sprint("out", i)}
		if i > 0 {
			img.Source.Path = fmt.Sprint("out", i-1)
		}
		for r := range resources {
			c := &document.ResourceChange{Address: fmt.Sprintf("%s/file.r%d", img.Name, r), Kind: "file", Action: providers.Create, Phase: providers.Phase(70 + r%3*5), Steps: []int{1}}
			if r >= 7 {
				c.DependsOn = []string{fmt.Sprintf("%s/file.r%d", img.Name, r-7)}
			}
			img.ResourceChanges = append(img.ResourceChanges, c)
		}
		p.Images = append(p.Images, img)
	}
	return p
}

// TestLayout holds that nothing lies on anything else, or outside.
func TestLayout(t *testing.T) {
	for _, n := range []int{0, 1, 7, 40, 200} {
		l := newLayout(newDrawing(outline(3, n)))
		over := func(a, b rect) bool { return a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h }
		for id, a := range l.boxes {
			if a.x < 0 || a.y < 0 || a.x+a.w > l.width || a.y+a.h > l.height {
				t.Errorf("%d: %s is outside: %v of %v, %v", n, id, a, l.width, l.height)
			}
			for other, b := range l.boxes {
				if id != other && over(a, b) {
					t.Errorf("%d: %s lies on %s", n, id, other)
				}
			}
		}
		for i, a := range l.lanes {
			for j, b := range l.lanes {
				if i != j && over(a, b) {
					t.Errorf("%d: lane %d lies on %d", n, i, j)
				}
			}
		}
	}
}

// TestManyOfAKind holds that a picture has no more boxes than a person can look at.
func TestManyOfAKind(t *testing.T) {
	p := outline(1, 7)
	for i := range 1000 {
		p.Images[0].ResourceChanges = append(p.Images[0].ResourceChanges,
			&document.ResourceChange{Address: fmt.Sprintf("i0/registry.r%d", i), Kind: "registry", Action: providers.Create, Phase: 80, Steps: []int{1}})
	}
	d := newDrawing(p)
	boxes := 0
	for _, ph := range d.Lanes[0].Phases {
		boxes += len(ph.Boxes)
	}
	last := d.Lanes[0].Phases[len(d.Lanes[0].Phases)-1]
	if label := last.Boxes[len(last.Boxes)-1].Label; boxes != 8 || label != "1000 × registry" {
		t.Errorf("%d boxes, the last one %s", boxes, label)
	}
}

// TestPictureIsInert holds that names are nothing but text in a picture.
func TestPictureIsInert(t *testing.T) {
	p := outline(2, 20)
	p.Images[0].Name, p.Images[0].Output, p.Images[0].Source.Path = hostile, hostile, "\x01"+hostile
	for _, c := range p.Images[0].ResourceChanges {
		c.Address = strings.Replace(c.Address, "file.r", `file.<script>alert(1)</script>]]>"'`, 1)
	}
	var out strings.Builder
	NewScreen(Streams{Out: &out, Withhold: func(s string) string { return strings.ReplaceAll(s, "hush", "(sensitive)") }}, true).SVG(p)
	if strings.Contains(out.String(), "hush") {
		t.Error("a secret is shown")
	}
	d := xml.NewDecoder(strings.NewReader(out.String()))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := tok.(xml.StartElement); ok && !strings.Contains(" svg title style marker path rect text g ", " "+e.Name.Local+" ") {
			t.Errorf("an element %s", e.Name.Local)
		}
	}
}
