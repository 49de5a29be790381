package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

// Edge is the reason why one step comes before another.
type Edge struct {
	Image  string `json:"image"`
	Before string `json:"before"` // address
	After  string `json:"after"`
	Why    Why    `json:"why"`
	Detail string `json:"detail"` // in words
}

// Why is a reason for an order.
type Why string

const (
	ByPhase     Why = "phase"      // the order of servicing
	ByDependsOn Why = "depends_on" // the author says so
	ByFile      Why = "file_order" // no other reason: as written
	ByShare     Why = "shared"     // the later one is not common to the images
	ByAgain     Why = "again"      // the earlier step makes some of the later one's work undone
)

// Explain returns why the steps of the plan are in their order: a reason for each
// pair of neighbours, and every other dependency that the author declared.
func Explain(p *Plan) []Edge {
	var edges []Edge
	for _, img := range p.Images {
		edges = append(edges, img.explain()...)
	}
	return edges
}

func (img *Image) explain() []Edge {
	var edges []Edge
	for i, s := range img.Steps {
		after := img.Items[s.Item]
		if i > 0 && img.Steps[i-1].Item != s.Item {
			edges = append(edges, img.neighbours(img.Steps[i-1].Item, s.Item))
			if s.Again != "" {
				edges = append(edges, img.edge(img.Items[img.Steps[i-1].Item], after, ByAgain, "again, because "+s.Again))
			}
		}
		for j := range max(0, i-1) {
			before := img.Items[img.Steps[j].Item]
			if img.DependsOn(i, j) {
				edges = append(edges, img.edge(before, after, ByDependsOn, declared(after)))
			}
		}
	}
	return edges
}

// neighbours explains why one step comes right before another. Items are in the
// order of the configuration.
func (img *Image) neighbours(i, j int) Edge {
	before, after := img.Items[i], img.Items[j]
	switch {
	case slices.Contains(after.DependsOn, before.Addr):
		return img.edge(before, after, ByDependsOn, declared(after))
	case before.place() < after.place():
		return img.edge(before, after, ByPhase, after.Phase.Rule())
	case before.place() == after.place() && after.Own && !before.Own:
		return img.edge(before, after, ByShare, "what other images may have in common with this one comes first, to be made once")
	case before.place() == after.place() && i < j:
		return img.edge(before, after, ByFile, "nothing else decides, so in the order they are declared")
	}
	return img.edge(before, after, ByDependsOn, declared(after))
}

func (it *Item) place() providers.Phase { return place(it.Phase, it.Own) }

func (img *Image) edge(before, after *Item, why Why, detail string) Edge {
	return Edge{Image: img.Name, Before: before.Addr.String(), After: after.Addr.String(), Why: why, Detail: detail}
}

func declared(it *Item) string {
	return fmt.Sprintf("%s waits for %s (%s:%d)", it.Addr.Local(), locals(it.DependsOn), it.Place.File, it.Place.Line)
}

func locals(addrs []dsl.Addr) string {
	names := make([]string, len(addrs))
	for i, a := range addrs {
		names[i] = a.Local()
	}
	return strings.Join(names, ", ")
}
