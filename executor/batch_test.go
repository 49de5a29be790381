package executor_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner/plantest"
	"github.com/gildhq/gild/providers"
)

var errBad = errors.New("can't be made")

// spoil makes the way of batched changes fail for those with a bad name, when all
// others of the batch are made; it returns the names of each call.
func spoil(j *job, bad ...string) *[]string {
	var calls []string
	way := &j.opts.Providers[2].Ways[0]
	apply := way.Apply
	way.Apply = func(ctx context.Context, s image.Session, h providers.Host, changes []providers.Change) error {
		var names []string
		var err error
		good := slices.DeleteFunc(slices.Clone(changes), func(c providers.Change) bool {
			names = append(names, c.Addr.Name)
			if slices.Contains(bad, c.Addr.Name) {
				err = errBad
				return true
			}
			return false
		})
		calls = append(calls, strings.Join(names, ""))
		return errors.Join(apply(ctx, s, h, good), err)
	}
	return &calls
}

func batch(names string) []string {
	var blocks []string
	for _, n := range names {
		blocks = append(blocks, block("batched", string(n), string(n), "1"))
	}
	return blocks
}

// blamed lists the resources that errors belong to.
func blamed(err error) []string {
	var names []string
	var walk func(error)
	walk = func(err error) {
		if step, ok := err.(*executor.StepError); ok {
			names = append(names, step.Addr.Name)
			return
		}
		switch e := err.(type) {
		case interface{ Unwrap() []error }:
			for _, err := range e.Unwrap() {
				walk(err)
			}
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		}
	}
	walk(err)
	return names
}

func TestBisect(t *testing.T) {
	for _, tt := range []struct {
		all, bad string
		sealed   int
	}{
		{"abcde", "a", 0}, {"abcde", "c", 2}, {"abcde", "e", 4}, {"abcde", "bd", 1}, {"abcde", "abcde", 0}, {"ab", "b", 1}, {"a", "a", 0},
	} {
		t.Run(tt.bad+" of "+tt.all, func(t *testing.T) {
			dir := module(t, kiosk(append([]string{block("early", "first", "first", "1")}, batch(tt.all)...)...))
			j := newJob(t, dir)
			spoil(j, strings.Split(tt.bad, "")...)
			r, err := j.apply(t.Context())
			if !errors.Is(err, errBad) || !cmp.Equal(blamed(err), strings.Split(tt.bad, "")) {
				t.Errorf("blamed %q: %v", blamed(err), err)
			}
			for _, name := range tt.bad {
				if want := fmt.Sprintf("kiosk/batched.%c (main.gild.hcl:", name); strings.Count(err.Error(), want) != 1 {
					t.Errorf("%q is not in %v", want, err)
				}
			}
			if _, err := os.Stat(filepath.Join(dir, "kiosk.wim")); err == nil {
				t.Error("an output was written")
			}
			checkSealed(t, j, tt.all[:tt.sealed])
			if len(tt.all) > 1 && r.Images[0].Applied != tt.sealed+1 {
				t.Errorf("applied %d", r.Images[0].Applied)
			}
			if r := mustApply(t, dir); len(tt.all) > 1 && r.Images[0].Reused != tt.sealed+1 {
				t.Errorf("%d steps are taken over, want %d", r.Images[0].Reused, tt.sealed+1)
			}
		})
	}
}

// checkSealed checks that the checkpoints hold nothing of what comes after them,
// although it was tried.
func checkSealed(t *testing.T, j *job, names string) {
	t.Helper()
	var all []string
	for _, it := range j.plan.Images[0].Items[1:] {
		all = append(all, it.Addr.Name)
	}
	for i, s := range j.plan.Images[0].Steps {
		data, err := os.ReadFile(filepath.Join(j.dir, "store", s.ID+".layer"))
		if err != nil {
			continue
		}
		for k, name := range all {
			if holds := strings.Contains(string(data), `"`+name+`": {`); holds != (k < i) {
				t.Errorf("the checkpoint after step %d holds %s: %v", i+1, name, holds)
			}
		}
		if i > len(names) {
			t.Errorf("a checkpoint after step %d, behind the first one that failed", i+1)
		}
	}
}

// A batch that fails although each of its changes can be made is made in parts.
func TestBatchTooLarge(t *testing.T) {
	dir := module(t, kiosk(batch("abcde")...))
	j := newJob(t, dir)
	way := &j.opts.Providers[2].Ways[0]
	apply := way.Apply
	way.Apply = func(ctx context.Context, s image.Session, h providers.Host, changes []providers.Change) error {
		if len(changes) > 2 {
			return errors.New("the command line is too long")
		}
		return apply(ctx, s, h, changes)
	}
	run := record.Planned(j.plan)
	j.opts.Events = run.Add
	r, err := j.apply(t.Context())
	if err != nil || r.Images[0].Applied != 5 || len(run.Warnings) != 2 {
		t.Errorf("%+v, %v, warnings %+v", r.Images[0], err, run.Warnings)
	}
	var together []int // with each step, in the end
	for _, s := range run.Images[0].Steps {
		together = append(together, s.Batch)
	}
	if want := []int{2, 2, 0, 2, 2}; !slices.Equal(together, want) {
		t.Errorf("steps were made together with %v, want %v", together, want)
	}
}

// In a folder what works stays, whatever stands between.
func TestBisectFolder(t *testing.T) {
	dir := module(t, "image \"m\" {\n  target = \"mnt\"\n"+strings.Join(batch("abc"), "")+"}\n")
	plantest.Write(t, filepath.Join(dir, "mnt", "image.json"), baseImage)
	j := newJob(t, dir)
	spoil(j, "b")
	if _, err := j.apply(t.Context()); !cmp.Equal(blamed(err), []string{"b"}) {
		t.Errorf("got %v", err)
	}
	if plan := plantest.MustPlan(t, dir); len(plan.Images[0].Steps) != 1 || plan.Images[0].Items[1].Action != providers.Create {
		t.Errorf("left to do: %+v", plan.Images[0].Steps)
	}
}

// TestBatches checks what is made at once.
func TestBatches(t *testing.T) {
	depends := func(name, on string) string {
		return fmt.Sprintf("  batched %q {\n    name = %[1]q\n    value = \"1\"\n    depends_on = [batched.%s]\n  }\n", name, on)
	}
	removed := "  batched \"junk\" {\n    ensure = \"absent\"\n    name = \"junk\"\n  }\n"
	for _, tt := range []struct {
		name   string
		blocks []string
		want   []string
	}{
		{"neighbours", batch("abc"), []string{"abc"}},
		{"another kind between", []string{batch("a")[0], setting("x", "1"), batch("b")[0]}, []string{"a", "b"}},
		{"depends", []string{batch("a")[0], batch("b")[0], depends("c", "a"), batch("d")[0]}, []string{"ab", "cd"}},
		{"chain", []string{batch("a")[0], depends("b", "a"), depends("c", "b")}, []string{"a", "b", "c"}},
		{"other action", []string{batch("a")[0], batch("b")[0], removed, batch("c")[0]}, []string{"ab", "junk", "c"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := newJob(t, module(t, kiosk(tt.blocks...)))
			calls := spoil(j)
			if _, err := j.apply(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, *calls); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
