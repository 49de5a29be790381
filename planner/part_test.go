package planner_test

import (
	"slices"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// divided is an image of two words that have a letter in common, something that
// waits for the first word, and something that waits for one letter of it.
func divided(skip ...bool) (*planner.Image, map[string]*providers.Provider) {
	addr := func(name string) dsl.Addr { return dsl.Addr{Image: "i", Kind: "word", Name: name} }
	want := func(s string) cty.Value {
		letters := map[string]cty.Value{}
		for _, c := range s {
			letters[string(c)] = cty.True
		}
		return cty.ObjectVal(map[string]cty.Value{"letters": cty.MapVal(letters)})
	}
	letter := dsl.Addr{Image: "i", In: "word.one", Kind: "word", Key: "b"}
	img := &planner.Image{Name: "i", Items: []*planner.Item{
		{Addr: addr("one"), Want: want("ab"), Skip: skip[0]},
		{Addr: addr("two"), Want: want("bc"), Skip: skip[1]},
		{Addr: addr("after"), Want: want("x"), DependsOn: []dsl.Addr{addr("two")}},
		{Addr: addr("gone"), Want: want("y"), DependsOn: []dsl.Addr{letter}},
	}, Steps: []planner.Step{
		{Item: 0, Part: "a", ID: "1"}, {Item: 0, Part: "b", Also: []int{1}, ID: "2"}, {Item: 1, Part: "c", ID: "3"}, {Item: 2, ID: "4"}, {Item: 3, ID: "5"},
	}}
	return img, map[string]*providers.Provider{"word": providers.Typed[cty.Value]{Kind: "word", Schema: dsl.Schema{
		{Name: "letters", Type: cty.Map(cty.Bool), Parts: true},
	}}.Provider()}
}

// TestParts: a part is a step of its own, with an address below that of what it is of,
// and is left out with what waits for it, and not with what waits for another part.
func TestParts(t *testing.T) {
	img, kinds := divided(true, false)
	for step, want := range []string{`i/word.one/word["a"]`, `i/word.one/word["b"]`, `i/word.two/word["c"]`, "i/word.after", "i/word.gone"} {
		if got := img.StepItem(step, kinds).Addr.String(); got != want || img.StepAddr(step).String() != want {
			t.Errorf("step %d is %s, want %s", step, got, want)
		}
	}
	if got := img.StepItem(1, kinds).Want.GetAttr("letters"); !got.RawEquals(cty.MapVal(map[string]cty.Value{"b": cty.True})) {
		t.Errorf("of the word there is %#v in step 1", got)
	}
	if img.StepItem(1, kinds).Skip || !img.StepItem(0, kinds).Skip {
		t.Error("a part can be left out only if everybody can do without it")
	}
	for step, want := range [][]int{{0}, {1, 3, 4}, {2, 3}, {3}, {4}} {
		if got := img.Dependents(step); !slices.Equal(got, want) {
			t.Errorf("with step %d go %v, want %v", step, got, want)
		}
	}
	if img.DependsOn(3, 0) || !img.DependsOn(3, 1) || !img.DependsOn(3, 2) || !img.DependsOn(4, 1) || img.DependsOn(4, 0) {
		t.Error("what waits for a resource waits for all parts of it, and nothing else")
	}
	less := img.Without([]int{1, 3, 4}, kinds)
	if out := less.LeftOut(); !out[0] || !out[1] || !out[2] || img.LeftOut()[0] {
		t.Error("what lacks a part is left out in part")
	}
	var left []string
	rest, whole := less.Left(kinds)
	for _, it := range rest {
		left = append(left, it.Addr.Key)
	}
	if !slices.Equal(left, []string{"a", "c"}) || whole != 0 {
		t.Errorf("%d whole items are left, and of all there are %q", whole, left)
	}
	if all, whole := img.Left(kinds); whole != len(img.Items) || !slices.Equal(all, img.Items) {
		t.Errorf("%d of %d items are whole, though nothing is left out", whole, len(img.Items))
	}
	if r := less.Receipt(""); len(r.Steps) != 2 || len(r.Skipped) != 3 || r.Skipped[0].Address != `i/word.one/word["b"]` {
		t.Errorf("the receipt is %+v", r)
	}
	// A plan file may say anything.
	if got := img.StepItem(0, nil).Want; !got.RawEquals(img.Items[0].Want) {
		t.Errorf("of an unknown kind there is %#v", got)
	}
}
