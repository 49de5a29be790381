package planner

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

// TestDroppedEntries: other entries of a list in the same block are a change, which
// is shown, and not something that is no longer declared; unless nothing else shows
// that entries have gone.
func TestDroppedEntries(t *testing.T) {
	entries := providers.Typed[cty.Value]{Kind: "entries", Schema: dsl.Schema{{Name: "list", Type: cty.List(cty.String), Key: true}}}.Provider()
	plain := providers.Typed[cty.Value]{Kind: "plain", Schema: dsl.Schema{{Name: "name", Type: cty.String, Key: true}}}.Provider()
	for _, c := range []struct {
		name   string
		kind   *providers.Provider
		action providers.Action
		step   ReceiptStep
		want   int
	}{
		{"entries changed", entries, providers.Update, ReceiptStep{Address: "kiosk/entries.a", Thing: "old"}, 0},
		{"entries removed", entries, NoChange, ReceiptStep{Address: "kiosk/entries.a", Thing: "old"}, 1},
		{"the same", entries, providers.Update, ReceiptStep{Address: "kiosk/entries.a", Thing: "new"}, 0},
		{"another block", entries, providers.Update, ReceiptStep{Address: "kiosk/entries.b", Thing: "old"}, 1},
		{"another thing", plain, providers.Create, ReceiptStep{Address: "kiosk/plain.a", Thing: "old"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr := dsl.Addr{Image: "kiosk", Kind: c.kind.Kind, Name: "a"}
			r := &resource{Resource: &dsl.Resource{Addr: addr}, kind: c.kind, thing: "new"}
			m := maker{
				all: []*resource{r}, selected: []*resource{r},
				opener: opener{receipt: &Receipt{Steps: []ReceiptStep{c.step}}, img: &Image{Items: []*Item{{Addr: addr, Action: c.action}}}},
			}
			judgement{&m}.dropped()
			if len(m.img.Dropped) != c.want {
				t.Errorf("dropped %v, want %d", m.img.Dropped, c.want)
			}
		})
	}
}
