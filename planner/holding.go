package planner

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Holding says how many of an image's resources are in the image, and how many are
// work for the first boot.
type Holding struct {
	InImage int `json:"in_image"`
	Queued  int `json:"queued"`
	// Build is the build of Windows until the first boot, if an update is queued; empty
	// otherwise.
	Build string `json:"build,omitempty"`
}

// Text says it in words; empty if nothing waits for the first boot.
func (h Holding) Text() string {
	if h.Queued == 0 {
		return ""
	}
	text := fmt.Sprintf("%d in the image, %d queued for the first boot", h.InImage, h.Queued)
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

// Held adds up holdings. It keeps the build only of a single image: those of several may differ.
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

// Holding counts the resources that are not left out, as they will be after the
// plan.
func (img *Image) Holding() Holding {
	var h Holding
	out := img.LeftOut()
	for i, it := range img.Items {
		switch {
		case out[i]:
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

// Updates reports whether the phase may change the build of Windows.
func Updates(p providers.Phase) bool {
	return p == providers.PhasePackage || p == providers.PhaseServicing
}

// settle notes whether an item's resource waits for the first boot after all steps,
// and reports that if first_boot = "forbid". Step is nil if the resource needs
// none.
func (m *maker) settle(r *resource, it *Item, way *providers.Way, step *Step, source providers.Change) {
	m.takesFromQueue = m.takesFromQueue || r.kind.Waiting(source.Have)
	if step == nil {
		it.Waits = !r.Absent && r.kind.Waiting(source.Have)
	} else {
		it.Waits = step.Waits
	}
	if !it.Waits || m.cfg.FirstBoot != dsl.FirstBootForbid {
		return
	}
	detail := "The image holds it as work for the first boot already."
	if step != nil {
		detail = fmt.Sprintf("It takes effect %s.", step.Text)
	}
	m.report(hcl.Diagnostics{problem(r.Range, "Work for the first boot", withhold(it.Sensitive, r.want, fmt.Sprintf(
		"%s would not be in the finished image, which first_boot = %q at %s demands. %s %s",
		r.Addr.Local(), dsl.FirstBootForbid, at(m.cfg.AttrRange("first_boot")), detail, m.atOnce(r, way))))})
}

// atOnce says how the author can have the change made at once that the chosen way queues.
func (m *maker) atOnce(r *resource, way *providers.Way) string {
	otherwise := fmt.Sprintf(`remove it, or set first_boot = %q`, dsl.FirstBootAllow)
	for _, w := range r.kind.Ways {
		if w.Effect.Waits || way != nil && w.Name == way.Name {
			continue
		}
		if text := m.offered("puts it into the image", w); text != "" {
			return text + " Or " + otherwise + "."
		}
	}
	return strings.ToUpper(otherwise[:1]) + otherwise[1:] + "."
}

// undeclared reports work that the source has queued and no resource decides on, if
// first_boot = "forbid".
func (m *maker) undeclared(source image.Session) {
	queue, ok := image.As[image.FirstBoot](source)
	if m.cfg.FirstBoot != dsl.FirstBootForbid || !ok || m.diags.HasErrors() || m.takesFromQueue || len(m.selected) < len(m.all) {
		return
	}
	actions, err := queue.QueuedActions()
	if err != nil {
		m.errorAt("first_boot", "Can't read the queue of the first boot", providers.Sentence(err))
		return
	}
	if len(actions) == 0 {
		return
	}
	var names []string
	for _, a := range actions {
		names = append(names, a.ID)
	}
	m.errorAt("first_boot", "Work for the first boot", fmt.Sprintf(
		"The image to start from has work queued that no resource here decides on: %s. Take it out with ensure = \"absent\", start from another image, or set first_boot = %q.",
		join(names), dsl.FirstBootAllow))
}
