package packagefile_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gildhq/gild/providers/packagefile"
	"github.com/gildhq/gild/providers/providertest"
)

// TestTogether gives an update and its checkpoints a folder in which nothing else
// is; where they have one, that.
func TestTogether(t *testing.T) {
	h := providertest.NewHost(t, map[string]string{
		"alone/target.msu": "target", "alone/checkpoint.msu": "checkpoint", "alone/readme.txt": "",
		"many/target.msu": "target", "many/newer.msu": "newer", "many/Checkpoint.MSU": "checkpoint", "other/target.msu": "of the same name",
	})
	s := packagefile.NewStage(h)
	got, err := s.Together(t.Context(), []string{"alone/target.msu", "alone/checkpoint.msu"})
	if err != nil || got != h.Path("alone/target.msu") {
		t.Errorf("%s, %v", got, err)
	}
	for _, test := range []struct {
		names, want []string
	}{
		{[]string{"many/target.msu"}, []string{"target.msu"}},
		{[]string{"many/target.msu", "many/Checkpoint.MSU"}, []string{"Checkpoint.MSU", "target.msu"}},
		{[]string{"many/target.msu", "other/target.msu"}, []string{"1-target.msu", "target.msu"}},
	} {
		got, err := s.Together(t.Context(), test.names)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(got); err != nil || string(text) != "target" {
			t.Errorf("%s: %q, %v", got, text, err)
		}
		if there := names(t, filepath.Dir(got)); !slices.Equal(there, test.want) {
			t.Errorf("%v: %v, want %v", test.names, there, test.want)
		}
	}
	last, err := s.Together(t.Context(), []string{"many/target.msu"})
	s.Remove()
	if _, gone := os.Stat(last); err != nil || gone == nil {
		t.Errorf("%s is left, %v", last, err)
	}
	if _, err := os.Stat(h.Path("many/target.msu")); err != nil {
		t.Error(err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}
