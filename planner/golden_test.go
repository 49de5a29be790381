package planner_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestPlans plans the configurations in testdata. A file's head may hold lines of
// the form "target = …", "epoch = …" and "check = true".
func TestPlans(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { testPlan(t, name) })
	}
}

func testPlan(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	want := -1
	for i, f := range archive.Files {
		if f.Name == "want" {
			want = i
			continue
		}
		plantest.Write(t, filepath.Join(dir, f.Name), string(f.Data))
	}
	got := strings.ReplaceAll(planText(t, dir, options(string(archive.Comment))), dir+string(filepath.Separator), "")
	got = plainErrors(got)
	if *update {
		archive.Files[want].Data = []byte(got)
		if err := os.WriteFile(name, txtar.Format(archive), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(plainErrors(string(archive.Files[want].Data)), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// plainErrors puts what a system says of a missing file into the same words;
// those of Windows end with a full stop, which is then not written again.
func plainErrors(text string) string {
	const words = "no such file or directory"
	text = strings.ReplaceAll(text, syscall.Errno(2).Error(), words)
	return strings.ReplaceAll(text, words+".", words)
}

// options reads the lines "name = value" of a text.
func options(text string) map[string]string {
	opts := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(line, " = "); ok {
			opts[name] = strings.TrimSpace(value)
		}
	}
	return opts
}

func planText(t *testing.T, dir string, opts map[string]string) string {
	in, diags := plantest.Load(t, dir)
	if diags.HasErrors() && opts["check"] == "" {
		t.Fatal(diags)
	}
	in.Backends = []image.Backend{plantest.Backend{}}
	serving := plantest.Backend{Label: "dism", Capabilities: []image.Capability{image.CanService, plantest.CanSettings}}
	if name := opts["elsewhere"]; name != "" {
		serving.Label = name
		in.Elsewhere = []image.Backend{serving}
	} else {
		in.Backends = append(in.Backends, serving)
	}
	if target := opts["target"]; target != "" {
		in.Match = func(a dsl.Addr) bool { return a.String() == target }
	}
	if s := opts["epoch"]; s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		epoch := time.Unix(n, 0)
		in.Epoch = &epoch
	}
	if opts["check"] != "" {
		return diagText(append(diags, planner.Check(t.Context(), in)...))
	}
	plan, diags := planner.Make(t.Context(), in)
	text := diagText(diags)
	if plan == nil {
		return text
	}
	for _, img := range plan.Images {
		text += imageText(img)
	}
	for _, w := range plan.Waiting {
		text += fmt.Sprintf("image %s waits for %s, resources: %d\n", w.Image, strings.Join(w.For, ", "), w.Resources)
	}
	for _, img := range plan.Images {
		for _, e := range img.Explain() {
			text += fmt.Sprintf("order %s < %s: %s, %s\n", e.Before, e.After, e.Why, e.Detail)
		}
	}
	return text
}

func diagText(diags hcl.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		place := "-"
		if d.Subject != nil {
			place = fmt.Sprintf("%s:%d", d.Subject.Filename, d.Subject.Start.Line)
		}
		fmt.Fprintf(&b, "%s: %s: %s\n", place, d.Summary, d.Detail)
	}
	return b.String()
}

func imageText(img *planner.Image) string {
	var b strings.Builder
	fmt.Fprintf(&b, "image %s by %s, clock %s, up to date: %v\n", img.Name, img.Backend, img.Clock.Format(time.RFC3339), img.UpToDate)
	for _, r := range img.Reasons {
		fmt.Fprintf(&b, "  reason: %s\n", r)
	}
	for _, it := range img.Items {
		fmt.Fprintf(&b, "  %s %s (%s:%d)\n", it.Action, it.Addr, it.Place.File, it.Place.Line)
		for _, d := range it.Differences {
			fmt.Fprintf(&b, "    %s: %s -> %s\n", d.Attr, it.Text(d.Attr, d.Have), it.Text(d.Attr, d.Want))
		}
	}
	for i, s := range img.Steps {
		fmt.Fprintf(&b, "  step %d: %s %s, %s (%s) %.12s\n", i+1, s.Action, img.Items[s.Item].Addr.Local(), s.Text, s.Way, s.ID)
	}
	if waits := img.Holding().Text(); waits != "" {
		fmt.Fprintf(&b, "  %s\n", waits)
	}
	fmt.Fprintf(&b, "  %.12s to %.12s, %+v\n", img.Start, img.Head, img.Counts())
	return b.String()
}
