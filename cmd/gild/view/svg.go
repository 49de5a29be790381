package view

import (
	"fmt"
	"html"
	"math"
	"strings"

	"github.com/gildhq/gild/planner/document"
)

// Measures of the picture, in pixels.
const (
	charWidth    = 7.3 // of a character of 12 pixels with a fixed width
	boxHeight    = 38
	boxGap       = 10
	bandGap      = 26 // between phases, for the arrow
	phasePad     = 10
	phaseTitle   = 22
	laneTitle    = 34
	lanePad      = 14
	laneGap      = 56
	margin       = 26
	longestLabel = 40  // characters of a label
	bandWidth    = 620 // from which boxes of a phase are in another row
)

// rect is where something is.
type rect struct{ x, y, w, h float64 }

func (r rect) left() (x, y float64)   { return r.x, r.y + r.h/2 }
func (r rect) right() (x, y float64)  { return r.x + r.w, r.y + r.h/2 }
func (r rect) bottom() (x, y float64) { return r.x + r.w/2, r.y + r.h }
func (r rect) top() (x, y float64)    { return r.x + r.w/2, r.y }

// layout is where everything is. An image is a lane from its source, at the top, to its
// output, and the phases are bands in it, in the order of servicing: so a general layout of
// graphs would have nothing to find out.
type layout struct {
	*drawing
	boxes         map[string]rect // by ID
	phases        map[*phaseBox]rect
	lanes         []rect
	width, height float64
	around        int // arrows that go around lanes
}

func newLayout(d *drawing) *layout {
	l := &layout{drawing: d, boxes: map[string]rect{}, phases: map[*phaseBox]rect{}}
	x := float64(margin)
	for _, lane := range d.Lanes {
		r := l.lane(lane, x)
		l.lanes = append(l.lanes, r)
		l.height = max(l.height, r.y+r.h+margin)
		x = r.x + r.w + laneGap
	}
	l.width = math.Ceil(max(x-laneGap+margin, 2*margin))
	return l
}

// lane lays an image out, from its source to its output.
func (l *layout) lane(of *lane, x float64) rect {
	wide := max(labelWidth(&of.Source), labelWidth(&of.Output), charWidth*1.2*float64(columns(cut(of.Name, longestLabel))))
	for _, ph := range of.Phases {
		wide = max(wide, l.band(ph, x+lanePad, 0).w)
	}
	y := margin + float64(laneTitle)
	end := func(b box) {
		w := labelWidth(&b)
		if _, known := l.boxes[b.ID]; !known {
			l.boxes[b.ID] = rect{x + lanePad + (wide-w)/2, y, w, boxHeight}
		}
		y += boxHeight + bandGap
	}
	end(of.Source)
	for _, ph := range of.Phases {
		r := l.band(ph, x+lanePad, y)
		r.w = wide
		l.phases[ph] = r
		y += r.h + bandGap
	}
	end(of.Output)
	return rect{x, margin, wide + 2*lanePad, y - bandGap + lanePad - margin}
}

// band lays the boxes of a phase out in rows.
func (l *layout) band(ph *phaseBox, left, top float64) rect {
	x, y, wide := left+phasePad, top+phaseTitle, charWidth*float64(columns(ph.Phase.Name()))+2*phasePad
	for _, b := range ph.Boxes {
		w := labelWidth(b)
		if x > left+phasePad && x+w-left > bandWidth {
			x, y = left+phasePad, y+boxHeight+boxGap
		}
		l.boxes[b.ID] = rect{x, y, w, boxHeight}
		x += w + boxGap
		wide = max(wide, x-boxGap+phasePad-left)
	}
	return rect{left, top, wide, y + boxHeight + phasePad - top}
}

func labelWidth(b *box) float64 {
	return 20 + charWidth*float64(max(columns(cut(b.Label, longestLabel)), columns(cut(b.Note, longestLabel)), 6))
}

const svgStyle = `text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#1c2128}
.lane{fill:#f6f8fa;stroke:#d5dae0}.phase{fill:#fff;stroke:#d5dae0}.box{fill:#eaf1fd;stroke:#7aa2e3}.end{fill:#fff6e5;stroke:#d9a441}.gone{fill:#ffebe9;stroke:#d1796f}
.title{font-weight:600;font-size:14px}.name{fill:#57606a;font-size:11px}.note{fill:#57606a;font-size:10px}
.order{stroke:#8d99a6;stroke-dasharray:4 3}.need{stroke:#1d5fc4}.order,.need{fill:none;stroke-width:1.4}
@media(prefers-color-scheme:dark){svg{background:#14181d}text{fill:#e3e8ee}.lane{fill:#1c2229;stroke:#343b44}.phase{fill:#14181d;stroke:#343b44}.box{fill:#1d2c45;stroke:#4f79bf}.end{fill:#3a2f17;stroke:#a37c2f}.gone{fill:#3d1d1c;stroke:#9c4f48}.name,.note{fill:#9aa5b1}.need{stroke:#7db3ff}}`

// SVG prints the graph of a plan as a picture.
func (s *Screen) SVG(p *document.Plan) {
	d := newDrawing(p)
	d.censor(s.out.withhold)
	l := newLayout(d)
	shapes := l.shapes()
	s.out.printf("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %[1]g %[2]g\">\n", l.width, l.height)
	s.out.printf("<title>Images, their resources in the order of servicing, and what depends on what</title>\n<style>%s</style>\n", svgStyle)
	for _, kind := range []string{"order", "need"} {
		s.out.printf("<marker id=\"%s\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M1 1L7 4L1 7\" class=\"%[1]s\" style=\"stroke-dasharray:none\"/></marker>\n", kind)
	}
	s.out.printf("%s</svg>\n", shapes)
}

func (l *layout) shapes() string {
	var b strings.Builder
	for i, lane := range l.Lanes {
		r := l.lanes[i]
		fmt.Fprintf(&b, "<rect class=\"lane\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"10\"/>\n", r.x, r.y, r.w, r.h)
		label(&b, "title", r.x+lanePad, r.y+22, lane.Name)
		at := l.boxes[lane.Source.ID]
		for _, ph := range lane.Phases {
			p := l.phases[ph]
			fmt.Fprintf(&b, "<rect class=\"phase\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"6\"/>\n", p.x, p.y, p.w, p.h)
			label(&b, "name", p.x+phasePad, p.y+15, ph.Phase.Name())
			l.arrow(&b, "order", at, p)
			at = p
		}
		l.arrow(&b, "order", at, l.boxes[lane.Output.ID])
	}
	for _, a := range l.Needs {
		from, known := l.boxes[a.From]
		to, also := l.boxes[a.To]
		if known && also {
			l.arrow(&b, "need", from, to)
		}
	}
	for _, lane := range l.Lanes {
		l.box(&b, "end", &lane.Source)
		for _, ph := range lane.Phases {
			for _, box := range ph.Boxes {
				class := "box"
				if box.Gone {
					class = "gone"
				}
				l.box(&b, class, box)
			}
		}
		l.box(&b, "end", &lane.Output)
	}
	return b.String()
}

// arrow draws an arrow: down or on to the right where it can, past other boxes otherwise,
// and to other lanes between and above these.
func (l *layout) arrow(b *strings.Builder, class string, from, to rect) {
	path := ""
	i, j := l.laneOf(from), l.laneOf(to)
	switch {
	case i != j:
		x1, y1 := from.right()
		x2, y2 := to.left()
		l.around++
		track := float64(8 + l.around*5%40)
		out, in := l.lanes[i].x+l.lanes[i].w+track, l.lanes[j].x-laneGap+track
		path = fmt.Sprintf("M%g %gH%gV%gH%g", x1, y1, out, y2, x2)
		if j != i+1 {
			path = fmt.Sprintf("M%g %gH%gV%gH%gV%gH%g", x1, y1, out, 4+track/3, max(in, 4), y2, x2)
		}
	case to.y >= from.y+from.h:
		x1, y1 := from.bottom()
		x2, y2 := to.top()
		bend := max((y2-y1)/2, 8)
		path = fmt.Sprintf("M%g %gC%g %g %g %g %g %g", x1, y1, x1, y1+bend, x2, y2-bend, x2, y2)
	case to.y == from.y && to.x > from.x:
		x1, y1 := from.right()
		x2, y2 := to.left()
		path = fmt.Sprintf("M%g %gC%g %g %g %g %g %g", x1, y1, x1+14, y1+28, x2-14, y2+28, x2, y2)
	default: // back
		x1, y1 := from.right()
		x2, y2 := to.right()
		path = fmt.Sprintf("M%g %gC%g %g %g %g %g %g", x1, y1, x1+40, y1, x2+40, y2, x2, y2)
	}
	fmt.Fprintf(b, "<path class=\"%s\" d=\"%s\" marker-end=\"url(#%[1]s)\"/>\n", class, path)
}

// laneOf returns the number of the lane that something is in.
func (l *layout) laneOf(r rect) int {
	for i, lane := range l.lanes {
		if r.x >= lane.x && r.x < lane.x+lane.w {
			return i
		}
	}
	return 0
}

func (l *layout) box(b *strings.Builder, class string, of *box) {
	r := l.boxes[of.ID]
	fmt.Fprintf(b, "<g><title>%s</title><rect class=\"%s\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"5\"/>", escapeXML(of.text(": ")), class, r.x, r.y, r.w, r.h)
	if of.Note == "" {
		label(b, "label", r.x+10, r.y+23, of.Label)
	} else {
		label(b, "label", r.x+10, r.y+16, of.Label)
		label(b, "note", r.x+10, r.y+30, of.Note)
	}
	b.WriteString("</g>\n")
}

func label(b *strings.Builder, class string, x, y float64, text string) {
	fmt.Fprintf(b, "<text class=\"%s\" x=\"%g\" y=\"%g\">%s</text>", class, x, y, escapeXML(cut(printable(text), longestLabel)))
	if class == "title" || class == "name" {
		b.WriteByte('\n')
	}
}

// escapeXML returns a text as XML: without what a document can't hold (XML 1.0 §2.2).
func escapeXML(text string) string { return html.EscapeString(printable(text)) }
