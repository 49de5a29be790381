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
	Before string `json:"before"` // address
	After  string `json:"after"`
	Why    Why    `json:"why"`
	Detail string `json:"detail"` // in words
}

// Why is a reason for an order.
type Why string

const (
	ByPhase     Why = "phase"      // the order of servicing
	ByDependsOn Why = "depends_on" // depends_on
	ByFile      Why = "file_order" // no other reason: the order of the configuration
	ByShare     Why = "shared"     // other images do not share the later one
	ByAgain     Why = "again"      // the earlier step undoes some of the later one's work, which is applied again
)

// Explain returns why the steps are in their order: a reason for each pair of
// neighbours, and every other dependency that the author declared.
func (img *Image) Explain() []Edge {
	at := map[dsl.Addr][]int{} // steps by the addresses that others depend on
	for i := range img.Steps {
		for _, a := range img.standsFor(i) {
			at[a] = append(at[a], i)
		}
	}
	var edges []Edge
	for i, s := range img.Steps {
		after := img.Items[s.Item]
		if i > 0 && img.Steps[i-1].Item != s.Item {
			edges = append(edges, img.neighbours(img.Steps[i-1].Item, s.Item))
			if s.Again != "" {
				edges = append(edges, edge(img.Items[img.Steps[i-1].Item], after, ByAgain, "again, because "+s.Again))
			}
		}
		var earlier []int
		for _, a := range after.DependsOn {
			earlier = append(earlier, at[a]...)
		}
		slices.Sort(earlier)
		for _, j := range slices.Compact(earlier) {
			if j < i-1 {
				edges = append(edges, edge(img.Items[img.Steps[j].Item], after, ByDependsOn, declared(after)))
			}
		}
	}
	return edges
}

// neighbours explains why one step comes right before another. Items are in the order of the
// configuration.
func (img *Image) neighbours(i, j int) Edge {
	before, after := img.Items[i], img.Items[j]
	switch {
	case slices.Contains(after.DependsOn, before.Addr):
		return edge(before, after, ByDependsOn, declared(after))
	case before.place() < after.place():
		return edge(before, after, ByPhase, after.Phase.Rule())
	case before.place() == after.place() && after.Own && !before.Own:
		return edge(before, after, ByShare, "steps that other images may share come first, so that they are applied once")
	case before.place() == after.place() && i < j:
		return edge(before, after, ByFile, "no other rule applies, so in the order of the configuration")
	}
	return edge(before, after, ByDependsOn, declared(after))
}

func (it *Item) place() providers.Phase { return place(it.Phase, it.Own) }

func edge(before, after *Item, why Why, detail string) Edge {
	return Edge{Before: before.Addr.String(), After: after.Addr.String(), Why: why, Detail: detail}
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
