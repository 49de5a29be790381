package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/planner/document/review"
	"github.com/gildhq/gild/providers"
)

// Limits of what is shown of a group.
const (
	fewChanges  = 3  // so many are shown as blocks
	shownGroup  = 10 // so many changes of one action have a line each
	namedGroup  = 4  // so many are named of those that are only effectCount
	shownColumn = 48 // columns of a value
)

// group prints what changes of one declared resource.
func (p familyPrinter) group(part review.Part, g review.Group) {
	changing := g.Changing()
	image := ""
	if len(part.Images) == 1 {
		image = part.Images[0].Name + "/"
	}
	grouped := p.detail != Full && len(g.Changes) > fewChanges
	if grouped {
		p.groupHead(image+g.Address, g, changing)
	}
	if grouped && len(changing) > fewChanges {
		p.groupBody(g, changing)
		return
	}
	for _, c := range changing {
		shown := *c.ResourceChange
		shown.Address = image + review.Local(c.Address)
		switch {
		case c.Dropped:
			p.headline(shown.Address+" will be "+willBe(c.Action), "", "no longer declared like this: it becomes again what it is in the source")
			p.printf("\n")
		case c.Action == planner.NoChange:
			p.headline(shown.Address+" will be applied again", effect(c, len(part.Images) == 1), "because "+printable(c.Again()))
			p.printf("\n")
		default:
			p.change(&shown, schemaOf(p.kinds, &shown), effect(c, len(part.Images) == 1))
		}
	}
}

// headline prints what happens to a resource, when and by what it takes effect, and the
// reasons, each on lines of its own.
func (p changePrinter) headline(what, effect string, reasons ...string) {
	when, why := splitEffect(effect)
	if when != "" {
		what += " (" + when + ")"
	}
	p.para("  "+p.paint(bold, "# "), "  "+p.paint(bold, "#   "), "%s", p.paint(bold, what))
	for _, r := range append([]string{why}, reasons...) {
		if r != "" {
			p.para("  # ", "  #   ", "(%s)", r)
		}
	}
}

// splitEffect separates when and by what a change takes effect from what more there is to
// know of it.
func splitEffect(effect string) (when, more string) {
	at := len(effect)
	for _, sep := range []string{"; ", ": ", ", because "} {
		if i := strings.Index(effect, sep); i >= 0 && i < at {
			at = i
		}
	}
	return effect[:at], strings.TrimLeft(effect[at:], ";:, ")
}

// groupHead says what a declared resource stands for, and how much of it changes.
func (p familyPrinter) groupHead(address string, g review.Group, changing []review.Change) {
	n := g.Counts()
	again := slices.DeleteFunc(slices.Clone(changing), func(c review.Change) bool { return c.Action != planner.NoChange })
	differ := fmt.Sprintf("%s, %s from the image: %d to add, %d to change, %d to destroy",
		count(len(g.Changes), "resource"), plural(len(changing)-len(again), "of them differs", "of them differ"), n.Add, n.Change, n.Destroy)
	if len(again) > 0 {
		differ += fmt.Sprintf(", %d to apply again", len(again))
	}
	reasons := []string{differ}
	effects := effectsOf(changing)
	if len(effects) > 1 {
		var each []string
		for _, e := range effects {
			each = append(each, fmt.Sprintf("%d %s", e.n, e.when))
		}
		reasons = append(reasons, strings.Join(each, "; "))
	}
	when := ""
	if len(effects) == 1 {
		when = effects[0].when
	}
	p.headline(address+" will be "+willBe(g.Action()), when, reasons...)
	if len(changing) <= fewChanges {
		p.printf("\n")
	}
}

type effectCount struct {
	when string
	n    int
}

// effectsOf counts changes by when and by what they take effect.
func effectsOf(changes []review.Change) []effectCount {
	var all []effectCount
	for _, c := range changes {
		when, _ := splitEffect(effect(c, false))
		i := slices.IndexFunc(all, func(e effectCount) bool { return e.when == when })
		if i < 0 {
			i, all = len(all), append(all, effectCount{when: when})
		}
		all[i].n++
	}
	return all
}

// groupBody prints what changes of a declared resource, in few lines.
func (p familyPrinter) groupBody(g review.Group, changing []review.Change) {
	symbol, color := sign(g.Action())
	p.printf("  %s %s {\n", p.paint(color, symbol), p.withhold(printable(g.Address)))
	for _, action := range []providers.Action{providers.Delete, providers.Update, providers.Create, planner.NoChange} {
		var these []review.Change
		for _, c := range changing {
			if c.Action == action {
				these = append(these, c)
			}
		}
		p.groupLines(g, action, these)
	}
	if hidden := len(g.Changes) - len(changing); hidden > 0 {
		p.printf("        %s\n", p.paint(dim, "# "+hiddenText(hidden, "unchanged resource", "hidden")))
	}
	p.printf("    }\n\n")
}

// groupLines prints the changes with one action: a line for each of a few, and of many the
// first ones, or for each kind how many there are.
func (p familyPrinter) groupLines(g review.Group, action providers.Action, changes []review.Change) {
	symbol, color := sign(action)
	lead, rest := "      "+p.paint(color, symbol)+" ", "          "
	if len(changes) > shownGroup && action == providers.Create {
		for _, k := range byKind(changes) {
			names := make([]string, 0, namedGroup)
			for _, c := range k[:min(len(k), namedGroup)] {
				name := inGroup(g, c)
				if name == c.Kind+"."+c.Name {
					name = c.Name
				}
				names = append(names, name)
			}
			more := ""
			if len(k) > namedGroup {
				more = ", …"
			}
			p.para(lead, rest, "%d %s: %s%s", len(k), k[0].Kind, strings.Join(names, ", "), more)
		}
		return
	}
	for i, c := range changes {
		if i == shownGroup && len(changes) > shownGroup+1 {
			p.printf("%s%s\n", lead, p.paint(dim, "# "+hiddenText(len(changes)-i, "more resource", "hidden")))
			break
		}
		p.para(lead, rest, "%s", inGroup(g, c)+p.brief(c))
	}
}

func byKind(changes []review.Change) [][]review.Change {
	var all [][]review.Change
	for _, c := range changes {
		i := slices.IndexFunc(all, func(k []review.Change) bool { return k[0].Kind == c.Kind })
		if i < 0 {
			i, all = len(all), append(all, nil)
		}
		all[i] = append(all[i], c)
	}
	return all
}

// inGroup returns the address of a resource below the one that stands for it.
func inGroup(g review.Group, c review.Change) string {
	local := review.Local(c.Address)
	return printable(cmp.Or(strings.TrimPrefix(strings.TrimPrefix(local, g.Address), "/"), local))
}

// brief says in few words what changes of a resource.
func (p changePrinter) brief(c review.Change) string {
	if c.Dropped {
		return " (no longer declared)"
	}
	if c.Action != providers.Update {
		return ""
	}
	var all []string
	for _, d := range c.Differences {
		if d.Sensitive {
			all = append(all, d.Attribute+" = "+sensitiveValue)
			continue
		}
		all = append(all, d.Attribute+" = "+shortValue(p.styled, d.Before)+" -> "+shortValue(p.styled, d.After))
	}
	if len(all) > fewChanges {
		all = append(all[:fewChanges], "…")
	}
	return ": " + strings.Join(all, ", ")
}

// shortValue returns a value in part of a line, without sensitive values: what is left of one
// that is cut would not be found.
func shortValue(out styled, v document.Value) string {
	return cut(out.withhold(strings.Join(strings.Fields(value(v.Value, "")), " ")), shownColumn)
}

// effect says when and by what a change takes effect, and, of a single image, whether its
// last step is in a checkpoint.
func effect(c review.Change, single bool) string {
	switch {
	case c.Step == nil && c.Dropped:
		return ""
	case c.Step == nil:
		return "by taking it from the source again"
	case c.Step.Cached && single:
		when, more := splitEffect(c.Effect)
		if more != "" {
			more = "; " + more
		}
		return when + ", cached" + more
	}
	return c.Effect
}
