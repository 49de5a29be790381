package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// queue is the work that the steps so far put into the queue of the first boot.
type queue map[dsl.Addr]queuedStep

type queuedStep struct {
	*resource
	providers.QueuePlace
}

// add adds the work of a change. It reports work that depends on other work and
// would run before it: the machine runs the queue in the queue's order, not in that
// of the steps.
func (q queue) add(r *resource, way *providers.Way, c providers.Change) hcl.Diagnostics {
	if way.QueuedAt == nil {
		return nil
	}
	place, ok := way.QueuedAt(c)
	if !ok {
		return nil
	}
	after := queuedStep{r, place}
	q[r.Addr] = after
	for _, addr := range r.DependsOn {
		if before, ok := q[addr]; ok && after.Compare(before.QueuePlace) < 0 {
			return hcl.Diagnostics{contradiction(before, after)}
		}
	}
	return nil
}

// possible reports work that was added and can't be queued in this image.
func (q queue) possible(s image.Session, r *resource) hcl.Diagnostics {
	if _, ok := q[r.Addr]; !ok {
		return nil
	}
	boot, ok := image.As[image.FirstBoot](s)
	if !ok {
		return nil
	}
	if err := boot.Queueable(); err != nil {
		return diagnose(r.Resource, "Can't queue %s for the first boot", err)
	}
	return nil
}

func contradiction(before, after queuedStep) *hcl.Diagnostic {
	first, then := before.Addr.Local(), after.Addr.Local()
	detail := fmt.Sprintf("%s is to come after %s (%s), but the machine runs it before, at its first boot: ", then, first, at(before.Range))
	if before.Order == after.Order {
		detail += fmt.Sprintf("both have order %d, and then names decide. ", before.Order)
	} else {
		detail += fmt.Sprintf("%s has order %d, %s has order %d, and lower ones run first. ", then, after.Order, first, before.Order)
	}
	var ways []string
	if after.adjustable() && before.Order < 999 {
		ways = append(ways, fmt.Sprintf("give %s an order above %d", then, before.Order))
	}
	if before.adjustable() && after.Order > 0 {
		ways = append(ways, fmt.Sprintf("give %s an order below %d", first, after.Order))
	}
	if ways == nil {
		ways = []string{"this order is that of servicing, which can't be chosen: remove the dependency"}
	}
	remedy := strings.Join(ways, ", or ") + "."
	return problem(after.AttrRange("depends_on"), "Contradicting order at the first boot", detail+strings.ToUpper(remedy[:1])+remedy[1:])
}

// adjustable reports whether the author can choose the order.
func (s queuedStep) adjustable() bool {
	return slices.ContainsFunc(s.kind.Schema, func(a dsl.Attr) bool { return a.Order }) && s.Addr.In == ""
}
