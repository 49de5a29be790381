package inventory_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/cmd/gild/inventory"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers/providertest"
)

// TestFirstBoot lists a queue: payloads with their sizes, and nothing secret.
func TestFirstBoot(t *testing.T) {
	m := providertest.NewImage(t, nil, true)
	file := image.PayloadFile{Name: "a b.cab", Size: 1, SHA256: "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("a")), nil }}
	err := m.QueueAction(image.Action{ID: "x", Order: 3, Interpreter: image.Cmd, Environment: map[string]string{"A": "hunter2"}, Payloads: []image.Payload{{Files: []image.PayloadFile{file}}}})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(inventory.All(nil), func(in inventory.Inventory) bool { return in.Name == "first_boot" })
	items, _, err := inventory.All(nil)[i].List(t.Context(), m)
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	got := items[0].GoString()
	for _, want := range []string{`"id":cty.StringVal("x")`, `"order":cty.NumberIntVal(3)`, `"payload_bytes":cty.NumberIntVal(1)`, `"name":cty.StringVal("a b.cab")`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s does not hold %s", got, want)
		}
	}
	if strings.Contains(got, "hunter2") {
		t.Error("a secret is listed")
	}
}
