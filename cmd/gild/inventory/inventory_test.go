package inventory_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/cmd/gild/inventory"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/providers/all"
)

// TestAll lists everything in a sample image: what a table shows is there, all
// items are of one type, twice gives the same, and the sample has some of each.
func TestAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "base.wim")
	if err := sample.Write(t.Context(), path, sample.Options{}); err != nil {
		t.Fatal(err)
	}
	s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: path}, image.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seen := map[string]bool{}
	ours := len(inventory.All(nil)) // the kinds come behind them
	for n, in := range inventory.All(all.All()) {
		if seen[in.Name] {
			t.Errorf("%s is in the list twice", in.Name)
		}
		seen[in.Name] = true
		items, notes, err := in.List(t.Context(), s)
		if err != nil || len(notes) > 0 {
			t.Errorf("%s: %q, %v", in.Name, notes, err)
			continue
		}
		if n < ours && len(items) == 0 && in.Name != "first_boot" && in.Name != "answer_file" || in.Singleton && len(items) > 1 {
			t.Errorf("%s: %d items", in.Name, len(items))
		}
		again, _, err := in.List(t.Context(), s)
		if err != nil || len(again) != len(items) {
			t.Fatalf("%s: a second time %d items, %v", in.Name, len(again), err)
		}
		for i, v := range items {
			if !v.RawEquals(again[i]) {
				t.Errorf("%s: item %d is another one the second time", in.Name, i)
			}
			if !v.Type().Equals(items[0].Type()) {
				t.Errorf("%s: item %d is of another type", in.Name, i)
			}
		}
		for _, name := range in.Columns {
			if len(items) > 0 && !items[0].Type().HasAttribute(name) {
				t.Errorf("%s: there is no attribute %s to show", in.Name, name)
			}
		}
	}
}

// TestColumns holds what a table shows: the columns that a schema marks, in their order,
// and where it marks none the keys and what comes first.
func TestColumns(t *testing.T) {
	want := map[string]string{
		"driver":        "published_name original_name inbox class provider date version",
		"language_pack": "language state localized version",
		"package":       "identity state release_type install_time",
		"service":       "name start binary_path",
	}
	for _, in := range inventory.All(all.All()) {
		if columns, ok := want[in.Name]; ok && strings.Join(in.Columns, " ") != columns {
			t.Errorf("%s shows %q, want %q", in.Name, in.Columns, columns)
		}
	}
}
