package view

import (
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/providers"
)

// widePlan is a plan with everything that text is broken of.
func widePlan() *document.Plan {
	p := &document.Plan{
		Applyable: true, Changes: planner.Counts{Add: 20, Change: 1, Destroy: 3}, Holds: planner.Holding{InImage: 20, Queued: 3, Build: "26100.2096"},
		Waiting:  []planner.Waiting{{Image: "later", For: []string{"one", "another"}, Resources: 3}},
		Expected: &document.Expected{RoomBytes: 5_000_000_000, Checkpoints: 3, Seconds: new(600.0), WorstLoss: new(300.0), Unknown: []string{"package.kb5043080", "driver.graphics"}},
	}
	for _, key := range []string{"a", "b"} {
		name := `a_rather_long_name["` + key + `"]`
		img := &document.Image{
			Name: name, Output: "a folder/" + key + ".wim", Source: document.Source{Path: "source.wim", Index: 1, Product: "Microsoft® Windows® Operating System", Version: "10.0.26100.2096", Arch: "amd64"},
			Reasons: []string{"The output is as wanted, but was made by other steps or in another order."}, Warnings: []string{"the hive SOFTWARE has transaction logs that were never replayed"},
			Steps: []*document.Step{{Address: name + "/edition", Irreversible: true, Effect: "at first boot"}}, Cached: 1, Changes: planner.Counts{Add: 10},
		}
		one := func(local string, action providers.Action, effect string) {
			c := item(action, map[string]cty.Value{"path": cty.StringVal(key)}, nil)
			c.Address, c.Effect, c.Steps = name+"/"+local, effect, []int{1}
			img.ResourceChanges = append(img.ResourceChanges, c)
		}
		one("edition", providers.Update, "at first boot; a cumulative update must come after it, because the one in the image is older")
		one("file.gone", providers.Delete, "now, offline")
		for _, n := range []string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"} {
			one("security.a_baseline_with_a_long_name/registry.setting_"+n, providers.Create, "now, offline")
		}
		p.Images = append(p.Images, img)
	}
	return p
}

// TestWidths holds that words are never broken, from 40 columns on.
func TestWidths(t *testing.T) {
	show := func(width uint, d Detail) string {
		var out strings.Builder
		s := &Screen{out: styled{Writer: &out, width: width, withhold: all}, detail: d}
		s.Plan(widePlan(), nil)
		s.Planned(widePlan(), "")
		return out.String()
	}
	words := func(text string) []string {
		return slices.DeleteFunc(strings.Fields(text), func(w string) bool { return strings.Trim(w, "#") == "" })
	}
	for _, d := range []Detail{Grouped, Full} {
		want := words(show(0, d))
		for width := uint(40); width <= 132; width++ {
			text := show(width, d)
			if got := words(text); !slices.Equal(got, want) {
				t.Fatalf("%d columns: other words\n%s", width, text)
			}
			for _, line := range strings.Split(text, "\n") {
				if columns(line) >= int(width) && len(strings.Fields(strings.TrimLeft(line, " #+-~!"))) > 1 && !strings.Contains(line, " = ") && !strings.Contains(line, " {") {
					t.Errorf("%d columns: %q has %d", width, line, columns(line))
				}
			}
		}
	}
}

// TestSummaryFits holds that a summary fits on a screen, however much there is.
func TestSummaryFits(t *testing.T) {
	p := widePlan()
	for range 5 {
		for _, img := range p.Images {
			other := *img
			other.Name = "more_" + img.Name
			p.Images = append(p.Images, &other)
		}
	}
	p.Complete = false
	var out strings.Builder
	s := &Screen{out: styled{Writer: &out, width: 80, withhold: all}, detail: Summary}
	s.Plan(p, nil)
	s.Planned(p, "")
	if n := strings.Count(out.String(), "\n"); n > 32 {
		t.Errorf("%d lines\n%s", n, out.String())
	}
}
