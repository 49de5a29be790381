package executor_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
	"github.com/gildhq/gild/providers"
)

func TestStale(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, dir string)
		want   string
	}{
		{"source", rewrite("base.wim", strings.Replace(baseImage, "12", "13", 1)), "base.wim"},
		{"output", rewrite("kiosk.wim", baseImage), "kiosk.wim"},
		{"output gone", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "kiosk.wim")); err != nil {
				t.Fatal(err)
			}
		}, "is gone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := module(t, kiosk(setting("color", "blue")))
			mustApply(t, dir)
			plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), kiosk(setting("color", "green")))
			j := newJob(t, dir)
			tt.change(t, dir)
			if _, err := j.apply(t.Context()); !errors.Is(err, executor.ErrStale) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A source that was exchanged is noticed although nothing is to be done.
func TestStaleThoughUpToDate(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	mustApply(t, dir)
	j := newJob(t, dir)
	rewrite("base.wim", strings.Replace(baseImage, "12", "13", 1))(t, dir)
	if _, err := j.apply(t.Context()); !j.plan.Empty() || !errors.Is(err, executor.ErrStale) {
		t.Errorf("got %v", err)
	}
}

// opening counts what is opened.
type opening struct {
	image.Backend
	opened map[string]int
}

func (o opening) Open(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	o.opened[filepath.Base(ref.Path)]++
	return o.Backend.Open(ctx, ref, opts)
}

// A run opens its source once, whether it makes the image or finds that it is made.
func TestSourceIsOpenedOnce(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	for _, made := range []bool{false, true} {
		j := newJob(t, dir)
		o := opening{j.opts.Backends[0], map[string]int{}}
		j.opts.Backends = []image.Backend{o}
		if _, err := j.apply(t.Context()); err != nil || j.plan.Empty() != made {
			t.Fatal(err)
		}
		if o.opened["base.wim"] != 1 {
			t.Errorf("up to date %t: opened %v", made, o.opened)
		}
	}
}

func TestStaleWithNewOutput(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	j := newJob(t, dir)
	plantest.Write(t, filepath.Join(dir, "kiosk.wim"), baseImage)
	if _, err := j.apply(t.Context()); !errors.Is(err, executor.ErrStale) {
		t.Errorf("got %v", err)
	}
	if read(t, filepath.Join(dir, "kiosk.wim")) != baseImage {
		t.Error("the output was replaced")
	}
}

func TestStaleFolder(t *testing.T) {
	dir := module(t, "image \"m\" {\n  target = \"mnt\"\n"+setting("color", "blue")+"}\n")
	path := filepath.Join(dir, "mnt", "image.json")
	plantest.Write(t, path, baseImage)
	j := newJob(t, dir)
	plantest.Write(t, path, strings.Replace(baseImage, "red", "pink", 1))
	if _, err := j.apply(t.Context()); !errors.Is(err, executor.ErrStale) {
		t.Errorf("got %v", err)
	}
}

// What is read back must be what was wanted: otherwise nothing of it is sealed.
func TestReadBack(t *testing.T) {
	dir := module(t, kiosk("checkpoint {\n    steps = 1\n  }\n", setting("new", "1"), setting("color", "blue"),
		"  setting \"login\" {\n    name = \"login\"\n    secret = \"Pa55\"\n  }\n"))
	for _, tt := range []struct{ name, want string }{ // in the order of the steps: what comes before is sealed
		{"color", `kiosk/setting.color (main.gild.hcl:11): verify: the result differs from the configuration: attribute "value": wanted "blue", found "lie"`},
		{"login", `attribute "secret": wanted (sensitive value), found (sensitive value)`},
	} {
		j := newJob(t, dir)
		var failed record.Event
		j.opts.Events = func(e record.Event) {
			if e.Type == record.Error {
				failed = e
			}
		}
		j.opts.Backends = []image.Backend{&faulty{lie: func(set string, s plantest.Setting) plantest.Setting {
			if set == tt.name {
				s.Value, s.Secret = "lie", "lie"
			}
			return s
		}}}
		r, err := j.apply(t.Context())
		if !errors.Is(err, executor.ErrVerify) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "Pa55") {
			t.Errorf("%s: got %v", tt.name, err)
		}
		if failed.Address != "kiosk/setting."+tt.name || r.Errs["kiosk"] == nil {
			t.Errorf("%s: the error belongs to %s", tt.name, failed.Address)
		}
	}
	if r := mustApply(t, dir); r.Images[0].Reused != 2 {
		t.Errorf("%d steps were sealed, want those before the failed one: 2", r.Images[0].Reused)
	}
}

// A later step that undoes an earlier one is found before the output is written.
func TestUndone(t *testing.T) {
	dir := module(t, kiosk(setting("new", "1"), setting("color", "blue")))
	j := newJob(t, dir)
	j.opts.Backends = []image.Backend{&faulty{lie: func(name string, s plantest.Setting) plantest.Setting { return s }}}
	way := &j.opts.Providers[0].Ways[0]
	apply := way.Apply
	way.Apply = func(ctx context.Context, s image.Session, h providers.Host, changes []providers.Change) error {
		if changes[0].Addr.Name == "color" {
			settings, _ := image.As[plantest.Settings](s)
			if err := settings.Remove("new"); err != nil {
				return err
			}
		}
		return apply(ctx, s, h, changes)
	}
	_, err := j.apply(t.Context())
	if !errors.Is(err, executor.ErrVerify) || !strings.Contains(err.Error(), "after the last step: kiosk/setting.new") {
		t.Errorf("got %v", err)
	}
}

func TestLocked(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	j := newJob(t, dir)
	second := newJob(t, dir)
	j.opts.Events = func(e record.Event) {
		if e.Type != record.StepStart {
			return
		}
		_, err := second.apply(t.Context())
		if !errors.Is(err, executor.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("process %d on ", os.Getpid())) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := j.apply(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestSealedPlanIsRefused(t *testing.T) {
	dir := module(t, kiosk("  setting \"login\" {\n    name = \"login\"\n    secret = \"Pa55\"\n  }\n"))
	j := newJob(t, dir)
	path := filepath.Join(dir, "plan")
	if err := j.plan.Save(path, nil); err != nil {
		t.Fatal(err)
	}
	var err error
	if j.plan, err = planner.Load(path, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := j.apply(t.Context()); err == nil {
		t.Error("a plan without its sensitive values was carried out")
	}
	in, _ := plantest.Load(t, dir)
	if diags := j.plan.Reveal(t.Context(), in); diags.HasErrors() {
		t.Fatal(diags)
	}
	if _, err := j.apply(t.Context()); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"plan", "store/journal.jsonl"} {
		if strings.Contains(read(t, filepath.Join(dir, name)), "Pa55") {
			t.Errorf("the sensitive value is in %s", name)
		}
	}
}

func TestUnknownBackendAndKind(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	j := newJob(t, dir)
	j.opts.Backends = nil
	if _, err := j.apply(t.Context()); err == nil || !strings.Contains(err.Error(), `backend "tiny"`) {
		t.Errorf("got %v", err)
	}
	j = newJob(t, dir)
	j.opts.Providers = nil
	if _, err := j.apply(t.Context()); err == nil || !strings.Contains(err.Error(), "kiosk/setting.color") {
		t.Errorf("got %v", err)
	}
}

// TestOtherSchema: a saved plan whose kind has other attributes now is refused.
func TestOtherSchema(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	j := newJob(t, dir)
	it := j.plan.Images[0].Items[0]
	attrs := it.Want.AsValueMap()
	delete(attrs, "tags")
	it.Want = cty.ObjectVal(attrs)
	if _, err := j.apply(t.Context()); !errors.Is(err, executor.ErrStale) || !strings.Contains(err.Error(), `"tags"`) {
		t.Errorf("got %v", err)
	}
}

func TestTornJournal(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	path := filepath.Join(dir, "store", "journal.jsonl")
	plantest.Write(t, path, `{"time":"2024-01-01T00:00:00Z","type":"image_start","image":"kiosk","output":"`+filepath.ToSlash(dir)+`/kiosk.wim"}`+"\n"+`{"time":"2024`)
	j := newJob(t, dir)
	told := ""
	j.opts.Events = func(e record.Event) {
		if e.Type == record.Reuse {
			told = e.Detail
		}
	}
	if _, err := j.apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(told, "interrupted at 2024-01-01") && filepath.Separator == '/' {
		t.Errorf("told %q", told)
	}
	if events, err := noted(t, dir); err != nil || len(events) != 15 {
		t.Errorf("got %d events, %v; want the old one and 14 new ones", len(events), err)
	}
}

// forged hands out another receipt of an output that is not published yet.
type forged struct{ plantest.Backend }

func (f forged) Open(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	s, err := f.Backend.Open(ctx, ref, opts)
	if err != nil || !strings.HasSuffix(ref.Path, ".gild-partial") {
		return s, err
	}
	return &forgedSession{s}, nil
}

type forgedSession struct{ image.Session }

func (s *forgedSession) Unwrap() image.Session { return s.Session }

func (s *forgedSession) Info(ctx context.Context) (image.Info, error) {
	info, err := s.Session.Info(ctx)
	info.Receipt = bytes.Replace(info.Receipt, []byte("kiosk"), []byte("other"), 1)
	return info, err
}

// TestReceiptIsReadBack: an output whose receipt is not the one that was written does not
// get its name.
func TestReceiptIsReadBack(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	j := newJob(t, dir)
	j.opts.Backends = []image.Backend{forged{}}
	if _, err := j.apply(t.Context()); !errors.Is(err, executor.ErrVerify) || !strings.Contains(err.Error(), "receipt") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "kiosk.wim")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the output has its name: %v", err)
	}
}

// TestForeignOutput: an image that gild did not make is not replaced, whether it was
// there when the plan was made or came after.
func TestForeignOutput(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	early := newJob(t, dir)
	foreign := `{"name": "Somebody's", "modified": "2024-05-06T07:08:09Z", "settings": {}}`
	output := filepath.Join(dir, "kiosk.wim")
	plantest.Write(t, output, foreign)
	if _, err := early.apply(t.Context()); err == nil {
		t.Error("applied")
	}
	in, diags := plantest.Load(t, dir)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	_, diags = planner.Make(t.Context(), in)
	if !diags.HasErrors() || !strings.Contains(diags.Error(), "gild did not make, and it is not replaced") {
		t.Errorf("planned: %v", diags)
	}
	if got := read(t, output); got != foreign {
		t.Errorf("the output is %s", got)
	}
}
