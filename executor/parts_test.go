package executor_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
	"github.com/gildhq/gild/providers"
)

// telling makes the way of batched changes tell which changes failed: those with a bad
// name. It makes the others, but those with a name in lies, and tries none behind the
// first one in ends. It returns the names of each call.
func telling(j *job, bad, lies, ends string) *[]string {
	var calls []string
	way := &j.opts.Providers[2].Ways[0]
	apply := way.Apply
	way.Apply = func(ctx context.Context, s image.Session, h providers.Host, changes []providers.Change) error {
		var names string
		failed := &providers.BatchError{Failed: map[int]error{}}
		var good []providers.Change
		for i, c := range changes {
			names += c.Addr.Name
			if strings.Contains(ends, c.Addr.Name) && failed.Tried == 0 {
				failed.Tried = i + 1
			}
			switch {
			case failed.Tried > 0 && i >= failed.Tried:
			case strings.Contains(bad, c.Addr.Name):
				failed.Failed[i] = errBad
			case !strings.Contains(lies, c.Addr.Name):
				good = append(good, c)
			}
		}
		calls = append(calls, names)
		err := apply(ctx, s, h, good)
		if failed.Tried == 0 {
			failed.Tried = len(changes)
		}
		if len(failed.Failed) == 0 {
			return err
		}
		return errors.Join(err, failed)
	}
	return &calls
}

// TestParts: where a way tells which changes of a batch failed, these are named, and what
// comes before the first of them is kept, without a search.
func TestParts(t *testing.T) {
	for _, tt := range []struct {
		bad   string
		calls []string
	}{
		{"a", []string{"abcde"}}, {"c", []string{"abcde", "ab"}}, {"e", []string{"abcde", "abcd"}}, {"bd", []string{"abcde", "a"}},
	} {
		t.Run(tt.bad, func(t *testing.T) {
			dir := module(t, kiosk(append([]string{block("early", "first", "first", "1")}, batch("abcde")...)...))
			j := newJob(t, dir)
			calls := telling(j, tt.bad, "", "")
			r, err := j.apply(t.Context())
			if !errors.Is(err, errBad) || !cmp.Equal(blamed(err), strings.Split(tt.bad, "")) {
				t.Errorf("blamed %q: %v", blamed(err), err)
			}
			if diff := cmp.Diff(tt.calls, *calls); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			sealed := strings.IndexByte("abcde", tt.bad[0])
			checkSealed(t, j, "abcde"[:sealed])
			if r.Images[0].Applied != sealed+1 {
				t.Errorf("applied %d", r.Images[0].Applied)
			}
			if _, err := os.Stat(filepath.Join(dir, "kiosk.wim")); err == nil {
				t.Error("an output was written")
			}
			if r := mustApply(t, dir); r.Images[0].Reused != sealed+1 {
				t.Errorf("%d steps are taken over", r.Images[0].Reused)
			}
		})
	}
}

// TestLeaveOutParts: what is marked and failed is left out, and what was made with it
// counts, without being made again. What is not read back failed, too, whatever the way
// says; what was not tried comes next.
func TestLeaveOutParts(t *testing.T) {
	for _, tt := range []struct {
		name, bad, lies, ends string
		skipped               string
		calls                 []string
	}{
		{"one", "c", "", "", "c", []string{"abcde"}},
		{"several", "ade", "", "", "a d e", []string{"abcde"}},
		{"all", "abcde", "", "", "a b c d e", []string{"abcde"}},
		{"not all were tried", "b", "", "b", "b", []string{"abcde", "cde"}},
		{"one was not made", "b", "d", "", "b d", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var blocks []string
			for _, b := range batch("abcde") {
				blocks = append(blocks, marked(b))
			}
			dir := module(t, kiosk(append(blocks, setting("z", "1"))...))
			j := newJob(t, dir)
			calls := telling(j, tt.bad, tt.lies, tt.ends)
			r, err := j.apply(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := names(r.Images[0].Skipped); got != tt.skipped {
				t.Errorf("left out %q", got)
			}
			if tt.calls != nil && !slices.Equal(*calls, tt.calls) {
				t.Errorf("made %q", *calls)
			}
			if n := 6 - len(strings.Fields(tt.skipped)); r.Images[0].Verified != n || r.Images[0].Applied != n {
				t.Errorf("%+v", r.Images[0])
			}
		})
	}
}

// TestContinueParts goes on behind what failed, and writes no output.
func TestContinueParts(t *testing.T) {
	dir := module(t, kiosk(append(batch("abc"), setting("z", "1"))...))
	j := newJob(t, dir)
	j.opts.Continue = true
	telling(j, "b", "", "")
	r, err := j.apply(t.Context())
	if !cmp.Equal(blamed(err), []string{"b"}) || names(r.Images[0].Skipped) != "b" || r.Images[0].Applied != 3 {
		t.Errorf("%+v, %v", r.Images[0], err)
	}
	if _, err := os.Stat(filepath.Join(dir, "kiosk.wim")); err == nil {
		t.Error("an output was written")
	}
}

// TestPartsInFolder: in a folder what works stays.
func TestPartsInFolder(t *testing.T) {
	dir := module(t, "image \"m\" {\n  target = \"mnt\"\n"+strings.Join(batch("abc"), "")+"}\n")
	plantest.Write(t, filepath.Join(dir, "mnt", "image.json"), baseImage)
	j := newJob(t, dir)
	telling(j, "a", "", "")
	if _, err := j.apply(t.Context()); !cmp.Equal(blamed(err), []string{"a"}) {
		t.Errorf("got %v", err)
	}
	if plan := plantest.MustPlan(t, dir); len(plan.Images[0].Steps) != 1 || plan.Images[0].Items[0].Action == planner.NoChange {
		t.Errorf("left to do: %+v", plan.Images[0].Steps)
	}
}
