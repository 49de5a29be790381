package executor_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
)

// split is an image block with an output in parts of so many bytes.
func split(size string, resources ...string) string {
	config := kiosk(append([]string{"  export {\n    split_size = \"" + size + "MB\"\n  }\n"}, resources...)...)
	return strings.Replace(config, "kiosk.wim", "kiosk.swm", 1)
}

// parts lists the files of the output.
func parts(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if strings.HasSuffix(e.Name(), ".swm") || strings.Contains(e.Name(), "partial") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

// TestSplit writes sets of more, fewer and the same number of files in the place of
// another.
func TestSplit(t *testing.T) {
	blue, more := setting("color", "blue"), setting("color", strings.Repeat("blue", 400))
	dir := module(t, split("400", blue))
	for _, tt := range []struct {
		config string
		min    int
		max    int
	}{
		{split("400", blue), 2, 4}, {split("400", more), 5, 9}, {split("400", blue), 2, 4}, {split("100000", blue), 1, 1},
		{split("500", more), 3, 8}, {split("100000", more), 1, 1}, {split("500", more), 3, 8},
	} {
		plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), tt.config)
		r := mustApply(t, dir)
		files := parts(t, dir)
		if len(files) < tt.min || len(files) > tt.max || !slices.Contains(files, "kiosk.swm") {
			t.Errorf("files %q, want %d to %d", files, tt.min, tt.max)
		}
		var size int64
		for _, name := range files {
			size += int64(len(read(t, filepath.Join(dir, name))))
		}
		if r.Images[0].Outcome != record.Complete || r.Images[0].Bytes != size {
			t.Errorf("%+v, with %d bytes in all files", r.Images[0], size)
		}
		if plan := plantest.MustPlan(t, dir); !plan.Empty() {
			t.Errorf("the plan after it is not empty: %q", plan.Images[0].Reasons)
		}
	}
}

// TestOtherSettings tells why an output is rewritten.
func TestOtherSettings(t *testing.T) {
	dir := module(t, split("400", setting("color", "blue")))
	mustApply(t, dir)
	config := strings.Replace(split("1024", setting("color", "blue")), "export {", "export {\n compression = \"max\"\n integrity = false", 1)
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), config)
	img := plantest.MustPlan(t, dir).Images[0]
	want := "The output was written with other settings: compression is max, was as in the source; integrity is false, was as in the source; split_size is 1GB, was 400MB."
	if img.UpToDate || !slices.Contains(img.Reasons, want) || len(img.Reasons) != 1 {
		t.Errorf("reasons %q", img.Reasons)
	}
	if got := planner.Written(img.Export); got != "compression max, integrity false, split_size 1GB" {
		t.Errorf("written: %s", got)
	}
	if r := mustApply(t, dir); r.Images[0].Applied != 0 || r.Images[0].Reused != 1 {
		t.Errorf("steps were made again: %+v", r.Images[0])
	}
}

// TestSplitKilled goes on where a run was killed between two of the files.
func TestSplitKilled(t *testing.T) {
	for _, known := range []bool{true, false} {
		dir := module(t, split("100", setting("color", "blue")))
		mustApply(t, dir)
		path := filepath.Join(dir, "store", "journal.jsonl")
		var kept []string
		for line := range strings.Lines(read(t, path)) {
			var rec struct{ Type string }
			if err := json.Unmarshal([]byte(line), &rec); err != nil {
				t.Fatal(err)
			}
			if rec.Type != "image_done" && (known || rec.Type != "publish_start") {
				kept = append(kept, line)
			}
		}
		plantest.Write(t, path, strings.Join(kept, ""))
		want := parts(t, dir)
		if err := os.Remove(filepath.Join(dir, "kiosk.swm")); err != nil {
			t.Fatal(err)
		}
		if !known { // gild does not know that it made them
			_, err := newJob(t, dir).apply(t.Context())
			if err == nil || !strings.Contains(err.Error(), "kiosk2.swm exists, but gild did not make it") {
				t.Errorf("got %v", err)
			}
			continue
		}
		mustApply(t, dir)
		if got := parts(t, dir); !slices.Equal(got, want) {
			t.Errorf("files %q, want %q", got, want)
		}
	}
}

// TestSplitKilledLast goes on where a run was killed when the output had its name
// and files of the old one were left.
func TestSplitKilledLast(t *testing.T) {
	dir := module(t, split("100", setting("color", "blue")))
	mustApply(t, dir)
	old := len(parts(t, dir))
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), split("300", setting("color", "green")))
	j := newJob(t, dir)
	if _, err := j.apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := parts(t, dir)
	path := filepath.Join(dir, "store", "journal.jsonl")
	records := read(t, path)
	plantest.Write(t, path, records[:strings.LastIndex(records[:strings.LastIndex(records, `"type":"image_done"`)], "\n")+1])
	left := wim.PartName(filepath.Join(dir, "kiosk.swm"), old)
	plantest.Write(t, left, "old")
	if r, err := j.apply(t.Context()); err != nil || r.Images[0].Outcome == record.Complete {
		t.Fatalf("%+v, %v", r.Images[0], err)
	}
	if got := parts(t, dir); !slices.Equal(got, want) || old <= len(want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

// TestForeignPart keeps files that are in the way and were not made as parts.
func TestForeignPart(t *testing.T) {
	dir := module(t, split("300", setting("color", "blue")))
	mustApply(t, dir)
	foreign := wim.PartName(filepath.Join(dir, "kiosk.swm"), len(parts(t, dir))+1)
	plantest.Write(t, foreign, "precious")
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), split("100", setting("color", "blue")))
	if _, err := newJob(t, dir).apply(t.Context()); err == nil || !strings.Contains(err.Error(), foreign) {
		t.Errorf("got %v", err)
	}
	if read(t, foreign) != "precious" || slices.ContainsFunc(parts(t, dir), func(n string) bool { return strings.Contains(n, "partial") }) {
		t.Errorf("left: %q", parts(t, dir))
	}
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), split("300", setting("color", "blue")))
	if !plantest.MustPlan(t, dir).Empty() {
		t.Error("the old output is not whole any more")
	}
}

// TestOfflineSplit writes a real image in parts, and lets wimlib check them.
func TestOfflineSplit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := strings.Replace(realConfig, `output = "kiosk.wim"`, `output = "kiosk.swm"
  export {
    compression = "fast"
    integrity   = true
    split_size  = "1MB"
  }`, 1)
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), config)
	plantest.Write(t, filepath.Join(dir, "a.txt"), "a\r\n")
	if err := sample.Write(t.Context(), filepath.Join(dir, "base.wim"), sample.Options{Files: 2000}); err != nil {
		t.Fatal(err)
	}
	r, err := realJob(t, dir, "store").apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	files := parts(t, dir)
	if len(files) < 2 || r.Images[0].Verified != 6 {
		t.Fatalf("files %q, %+v", files, r.Images[0])
	}
	first := filepath.Join(dir, "kiosk.swm")
	testenv.Run(t, "wimlib-imagex", "verify", first, "--ref="+filepath.Join(dir, "kiosk*.swm"))
	if j := realJob(t, dir, "store"); !j.plan.Empty() {
		t.Errorf("the plan after it is not empty: %q", j.plan.Images[0].Reasons)
	}
	// A set of parts is a source like any other.
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), strings.Replace(realConfig, `source = "base.wim"`, `source = "kiosk.swm"`, 1))
	if _, err := realJob(t, dir, "other").apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	testenv.Run(t, "wimlib-imagex", "verify", filepath.Join(dir, "kiosk.wim"))
}

// TestFirstPartComesLast: while the parts of an output get their names there is none
// that could be opened, so that parts of the old set and of the new one are never one
// image. One that can't get its name stops them.
func TestFirstPartComesLast(t *testing.T) {
	dir := module(t, split("100", setting("color", "blue")))
	mustApply(t, dir)
	if old := parts(t, dir); len(old) < 3 {
		t.Fatalf("parts %q", old)
	}
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), split("100", setting("color", "green")))
	j := newJob(t, dir)
	stuck := filepath.Join(dir, "kiosk2.swm")
	j.opts.Backends = []image.Backend{&partStopper{stuck: stuck}}
	before, last := read(t, filepath.Join(dir, "kiosk.swm")), read(t, filepath.Join(dir, "kiosk3.swm"))
	_, err := j.apply(t.Context())
	if err == nil || !strings.Contains(err.Error(), "kiosk2.swm") {
		t.Fatalf("got %v", err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "kiosk.swm")); err == nil {
		t.Errorf("the first part is there, the old one: %v", string(data) == before)
	}
	if read(t, filepath.Join(dir, "kiosk3.swm")) == last {
		t.Error("the last part is the old one")
	}
}

// partStopper puts a folder in the place of a part, once the output is proven.
type partStopper struct {
	plantest.Backend
	stuck string
}

func (p *partStopper) Open(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	s, err := p.Backend.Open(ctx, ref, opts)
	if err != nil || !strings.Contains(ref.Path, "partial") {
		return s, err
	}
	if err := os.Remove(p.stuck); err != nil {
		return nil, err
	}
	return s, os.MkdirAll(filepath.Join(p.stuck, "x"), 0o777)
}
