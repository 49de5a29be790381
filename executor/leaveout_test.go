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
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
	"github.com/gildhq/gild/providers"
)

// marked is a block with on_error = "skip".
func marked(block string, more ...string) string {
	return with(block, append(more, `on_error = "skip"`)...)
}

func with(block string, more ...string) string {
	end := strings.LastIndex(block, "  }")
	return block[:end] + "    " + strings.Join(more, "\n    ") + "\n" + block[end:]
}

func names(skipped []record.Message) string {
	var all []string
	for _, s := range skipped {
		all = append(all, s.Address[strings.LastIndex(s.Address, ".")+1:])
	}
	return strings.Join(all, " ")
}

func receiptOf(t *testing.T, path string) *planner.Receipt {
	t.Helper()
	s, err := plantest.Backend{}.Open(t.Context(), image.Ref{Path: path}, image.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	info, err := s.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := planner.ParseReceipt(info.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// failing lets settings fail whatever is tried, after they have changed something.
func failing(j *job, bad ...string) {
	for _, p := range j.opts.Providers {
		way := &p.Ways
		if len(*way) == 0 {
			continue
		}
		apply := (*way)[0].Apply
		(*way)[0].Apply = func(ctx context.Context, s image.Session, h providers.Host, changes []providers.Change) error {
			for _, c := range changes {
				if slices.Contains(bad, c.Addr.Name) {
					settings, _ := image.As[plantest.Settings](s)
					return errors.Join(settings.Set("half-made", plantest.Setting{Value: c.Addr.Name}), errBad)
				}
			}
			return apply(ctx, s, h, changes)
		}
	}
}

// What is marked is left out with what depends on it; the rest is made as it would
// be without it, and the next run takes over what came before.
func TestLeaveOut(t *testing.T) {
	dir := module(t, kiosk(
		setting("a", "1"),
		marked(setting("b", "2")),
		setting("c", "3"),
		marked(setting("d", "4"), "depends_on = [setting.b]"),
		setting("e", "5"),
	))
	j := newJob(t, dir)
	failing(j, "b")
	var verified, made record.Event
	j.opts.Events = func(e record.Event) {
		switch e.Type {
		case record.Verified:
			verified = e
		case record.ImageDone:
			made = e
		}
	}
	r, err := j.apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := r.Images[0]
	if names(got.Skipped) != "b d" || !strings.Contains(got.Skipped[0].Text, errBad.Error()) || got.Verified != 3 || got.Applied != 3 {
		t.Errorf("%+v", got)
	}
	if made.Changes.Add != 3 || made.Holds.InImage != 3 {
		t.Errorf("%+v, %+v", made.Changes, made.Holds)
	}
	if verified.Done != 3 || verified.Total != 5 || verified.Detail != "2 left out" {
		t.Errorf("%+v", verified)
	}
	output := filepath.Join(dir, "kiosk.wim")
	if text := read(t, output); strings.Contains(text, "half-made") {
		t.Errorf("what failed has left something: %s", text)
	}
	receipt := receiptOf(t, output)
	if len(receipt.Skipped) != 2 || receipt.Skipped[0].Address != "kiosk/setting.b" || len(receipt.Steps) != 3 || receipt.Head == j.plan.Images[0].Head {
		t.Errorf("%+v", receipt)
	}
	if j.plan.Images[0].Steps[1].LeftOut {
		t.Error("the plan was changed")
	}

	// The same without them makes the same checkpoints.
	without := newJob(t, module(t, kiosk(setting("a", "1"), setting("c", "3"), setting("e", "5"))))
	if a, b := chainOf(receipt), without.plan.Images[0].Chain(); !cmp.Equal(a, b) {
		t.Errorf("chain %q, want %q", a, b)
	}

	// It fails again: all else is taken over.
	plan := plantest.MustPlan(t, dir)
	if img := plan.Images[0]; img.UpToDate || img.Items[1].Action != providers.Create || img.Items[3].Action != providers.Create || img.Items[4].Action != planner.NoChange {
		t.Errorf("planned %+v", img.Counts())
	}
	j = newJob(t, dir)
	failing(j, "b")
	if r, err = j.apply(t.Context()); err != nil || r.Images[0].Reused != 3 || r.Images[0].Applied != 0 {
		t.Errorf("%+v, %v", r.Images[0], err)
	}

	// It works: what came before is taken over, and all is as if it had never failed.
	r = mustApply(t, dir)
	if r.Images[0].Reused != 1 || len(r.Images[0].Skipped) != 0 {
		t.Errorf("%+v", r.Images[0])
	}
	other := module(t, read(t, filepath.Join(dir, "main.gild.hcl")))
	mustApply(t, other)
	if read(t, output) != read(t, filepath.Join(other, "kiosk.wim")) {
		t.Error("another output than of a run in which nothing failed")
	}
}

func chainOf(r *planner.Receipt) []string {
	var ids []string
	for _, s := range r.Steps {
		ids = append(ids, s.ID)
	}
	return ids
}

// A change that does not show when it is read back is a failed one, too.
func TestLeaveOutWhatDoesNotShow(t *testing.T) {
	for _, mark := range []bool{false, true} {
		b := setting("b", "2")
		if mark {
			b = marked(b)
		}
		dir := module(t, kiosk(setting("a", "1"), b, setting("c", "3")))
		j := newJob(t, dir)
		j.opts.Backends = []image.Backend{&faulty{lie: func(name string, s plantest.Setting) plantest.Setting {
			if name == "b" {
				s.Value = "7"
			}
			return s
		}}}
		r, err := j.apply(t.Context())
		if mark {
			if err != nil || names(r.Images[0].Skipped) != "b" || strings.Contains(read(t, filepath.Join(dir, "kiosk.wim")), `"b"`) {
				t.Errorf("%+v, %v", r.Images[0], err)
			}
			continue
		}
		if !errors.Is(err, executor.ErrVerify) || !strings.Contains(err.Error(), `attribute "value": wanted "2", found "7"`) {
			t.Errorf("got %v", err)
		}
		if _, err := os.Stat(filepath.Join(dir, "kiosk.wim")); err == nil {
			t.Error("an output was written")
		}
	}
}

func TestDependsOnSkipped(t *testing.T) {
	dir := module(t, kiosk(marked(setting("a", "1")), with(setting("b", "2"), "depends_on = [setting.a]"), setting("c", "3")))
	j := newJob(t, dir)
	failing(j, "a")
	_, err := j.apply(t.Context())
	if !errors.Is(err, errBad) || !strings.Contains(err.Error(), `left out: kiosk/setting.b (main.gild.hcl:9) depends on it and has no on_error`) {
		t.Errorf("got %v", err)
	}
}

// In a batch a bad one costs itself only.
func TestLeaveOutOfBatch(t *testing.T) {
	const all = "abcdefghijklm"
	for _, bad := range []string{"a", "m", "e", "bf", "abc", all} {
		t.Run(bad, func(t *testing.T) {
			var blocks []string
			for _, b := range batch(all) {
				blocks = append(blocks, marked(b))
			}
			dir := module(t, kiosk(append(blocks, setting("z", "1"))...))
			j := newJob(t, dir)
			spoil(j, strings.Split(bad, "")...)
			r, err := j.apply(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.ReplaceAll(names(r.Images[0].Skipped), " ", ""); got != bad {
				t.Errorf("left out %q", got)
			}
			if n := len(all) + 1 - len(bad); r.Images[0].Verified != n || r.Images[0].Applied != n {
				t.Errorf("%+v", r.Images[0])
			}
			if r := mustApply(t, dir); r.Images[0].Applied > len(all)+1 {
				t.Errorf("%+v", r.Images[0])
			}
		})
	}
}

// With Continue everything that fails is found; no output is written.
func TestContinue(t *testing.T) {
	images := kiosk(
		setting("a", "1"), setting("b", "2"), with(setting("c", "3"), "depends_on = [setting.b]"), setting("d", "4"),
		marked(setting("e", "5")), setting("f", "6")) +
		strings.NewReplacer(`"kiosk"`, `"other"`, `kiosk.wim`, `other.wim`).Replace(kiosk(setting("g", "7")))
	dir := module(t, images)
	j := newJob(t, dir)
	j.opts.Continue = true
	failing(j, "b", "d", "e")
	r, err := j.apply(t.Context())
	if !cmp.Equal(blamed(err), []string{"b", "d"}) {
		t.Errorf("blamed %q: %v", blamed(err), err)
	}
	if got := names(r.Images[0].Skipped); got != "b c d e" {
		t.Errorf("left out %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "kiosk.wim")); err == nil {
		t.Error("an output was written")
	}
	if _, err := os.Stat(filepath.Join(dir, "other.wim")); err != nil {
		t.Error(err)
	}
	// Who removes what fails has the rest already.
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), kiosk(setting("a", "1"), setting("f", "6")))
	if r := mustApply(t, dir); r.Images[0].Reused != 2 || r.Images[0].Applied != 0 {
		t.Errorf("%+v", r.Images[0])
	}
}

// A full disk is no one's fault: nothing is left out for it.
func TestFullDiskStops(t *testing.T) {
	j := newJob(t, module(t, kiosk(marked(setting("a", "1")), setting("b", "2"))))
	j.opts.Continue = true
	fails(j, "setting", "a", 9, trouble{image.RemedyRoom, true})
	if r, err := j.apply(t.Context()); err == nil || len(r.Images[0].Skipped) != 0 {
		t.Errorf("%+v, %v", r.Images[0], err)
	}
}

func TestLeaveOutInFolder(t *testing.T) {
	dir := module(t, fmt.Sprintf("image \"m\" {\n  target = \"mnt\"\n%s}\n", setting("a", "1")+marked(setting("b", "2"))+setting("c", "3")))
	plantest.Write(t, filepath.Join(dir, "mnt", "image.json"), baseImage)
	j := newJob(t, dir)
	failing(j, "b")
	r, err := j.apply(t.Context())
	if err != nil || names(r.Images[0].Skipped) != "b" || r.Images[0].Verified != 2 {
		t.Errorf("%+v, %v", r.Images[0], err)
	}
	if plan := plantest.MustPlan(t, dir); len(plan.Images[0].Steps) != 1 {
		t.Errorf("left to do: %+v", plan.Images[0].Steps)
	}
}
