package planner

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Holding says how an image holds what is declared: in itself, or as work that the
// machine does at its first start.
type Holding struct {
	InImage int `json:"in_image"`
	Queued  int `json:"queued"`
	// Build is the build of Windows that stays until the first start, because an update
	// is among what is queued. Empty where that is not so.
	Build string `json:"build,omitempty"`
}

// Text says it in words: nothing where nothing waits for the first start.
func (h Holding) Text() string {
	if h.Queued == 0 {
		return ""
	}
	text := fmt.Sprintf("%d in the image, %d queued for the first start", h.InImage, h.Queued)
	if h.Build != "" {
		text += "; the build stays " + h.Build + " until then"
	}
	return text
}

// Holding adds up what all images of the plan will hold.
func (p *Plan) Holding() Holding {
	var all []Holding
	for _, img := range p.Images {
		all = append(all, img.Holding())
	}
	return Held(all...)
}

// Held adds up what images hold. The build is told of a single one: those of several
// may differ.
func Held(images ...Holding) Holding {
	if len(images) == 1 {
		return images[0]
	}
	var sum Holding
	for _, h := range images {
		sum.InImage, sum.Queued = sum.InImage+h.InImage, sum.Queued+h.Queued
	}
	return sum
}

// Holding says how the image will hold its resources when the plan is carried out,
// without those that are left out.
func (img *Image) Holding() Holding {
	var h Holding
	for i, it := range img.Items {
		switch {
		case img.LeftOut(i):
		case it.Waits:
			h.Queued++
			if Updates(it.Phase) {
				h.Build = strings.TrimPrefix(img.Info.Version, "10.0.")
			}
		default:
			h.InImage++
		}
	}
	return h
}

// Updates tells whether what is serviced in a phase may change the build of Windows.
func Updates(p providers.Phase) bool {
	return p == providers.PhasePackage || p == providers.PhaseServicing
}

// settle notes whether an item's resource waits for the first start when all steps
// are made, and reports it where the author wants an image that is finished. A nil
// step stands for none.
func (m *maker) settle(r *resource, it *Item, way *providers.Way, step *Step, source providers.Change) {
	m.takesFromQueue = m.takesFromQueue || r.kind.Waiting(source.Have)
	if step == nil {
		it.Waits = !r.Absent && r.kind.Waiting(source.Have)
	} else {
		it.Waits = providers.Waits(step.Effect)
	}
	if !it.Waits || m.cfg.FirstBoot != dsl.FirstBootForbid {
		return
	}
	detail := "The image holds it as work for the first start already."
	if step != nil {
		detail = fmt.Sprintf("It takes effect %s.", step.Effect)
	}
	m.report(hcl.Diagnostics{problem(r.Range, "Work for the first start", withhold(it.Sensitive, r.want, fmt.Sprintf(
		"%s would not be in the finished image, which first_boot = %q at %s demands. %s %s",
		r.Addr.Local(), dsl.FirstBootForbid, at(m.cfg.AttrRange("first_boot")), detail, m.atOnce(r, way))))})
}

// atOnce says what would put into the image what the way that was chosen queues.
func (m *maker) atOnce(r *resource, way *providers.Way) string {
	otherwise := fmt.Sprintf(`remove it, or set first_boot = %q`, dsl.FirstBootAllow)
	for _, w := range r.kind.Ways {
		if providers.Waits(w.Effect) || way != nil && w.Name == way.Name {
			continue
		}
		for _, b := range m.Backends {
			if b.Name() != m.backend.Name() && len(lacking(w.Needs, b.Offers())) == 0 {
				return fmt.Sprintf("The backend %q puts it into the image: set backend = %q. Or %s.", b.Name(), b.Name(), otherwise)
			}
		}
		if len(lacking(w.Needs, m.backend.Offers())) > 0 {
			return fmt.Sprintf("The backend %q puts it into the image. This machine does not offer it: plan where it is offered, with backend = %q. Or %s.",
				w.Name, w.Name, otherwise)
		}
	}
	return strings.ToUpper(otherwise[:1]) + otherwise[1:] + "."
}

// undeclared reports what the source has queued, where the author wants an image that
// is finished and no resource decides on any of it.
func (m *maker) undeclared(source image.Session) {
	queue, ok := image.As[image.FirstBoot](source)
	if m.cfg.FirstBoot != dsl.FirstBootForbid || !ok || m.diags.HasErrors() || m.takesFromQueue || len(m.selected) < len(m.all) {
		return
	}
	actions, err := queue.QueuedActions()
	if err != nil {
		m.errorAt("first_boot", "Can't read the queue of the first start", sentence(err))
		return
	}
	if len(actions) == 0 {
		return
	}
	var names []string
	for _, a := range actions {
		names = append(names, a.ID)
	}
	m.errorAt("first_boot", "Work for the first start", fmt.Sprintf(
		"The image to start from has work queued that no resource here decides on: %s. Take it out with ensure = \"absent\", start from another image, or set first_boot = %q.",
		join(names), dsl.FirstBootAllow))
}
