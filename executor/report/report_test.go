package report_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/censor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/executor/report"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

var update = flag.Bool("update", false, "write what came out into the golden files")

const secret = "hunter2-c4n4ry"

// hostile is a name that is dangerous wherever it is not escaped.
const hostile = `"><script>alert(1)</script><b a='` + "`{{.}}" + `&lt;`

var start = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

func addr(name string) dsl.Addr { return dsl.Addr{Image: "kiosk", Kind: "registry", Name: name} }

func plan() *planner.Plan {
	item := func(name string) *planner.Item {
		return &planner.Item{
			Addr: addr(name), Action: providers.Create, Phase: providers.PhaseSetting, Place: planner.Place{File: "a b.gild.hcl", Line: 7},
			Want: cty.ObjectVal(map[string]cty.Value{"value": cty.StringVal(secret)}), Have: cty.NullVal(cty.DynamicPseudoType),
			Sensitive: []string{"value"},
		}
	}
	step := func(i int) planner.Step {
		return planner.Step{Item: i, Action: providers.Create, Way: "offline", Effect: providers.Now("offline"), ID: "x"}
	}
	return &planner.Plan{Gild: "1.2.3", Images: []*planner.Image{
		{
			Name: "kiosk", Output: "out/kiosk.wim", Backend: "offline",
			Info:  planner.Info{Product: "Windows <11>", Version: "10.0.26100.1", Arch: "amd64", Bytes: 1e9, Warnings: []string{"a dirty hive"}},
			Items: []*planner.Item{item("a"), item("b"), item("c"), item(hostile)}, Steps: []planner.Step{step(0), step(1), step(2), step(3)},
		},
		{Name: "second", Output: "out/second.wim", Backend: "dism", UpToDate: true},
		{Name: "third", Target: "mnt", Backend: "offline"},
	}}
}

// script is what happens in a run, each event a second after the one before it.
func script() []record.Event {
	step := func(typ record.Type, name string, n int, took time.Duration) record.Event {
		return record.Event{Type: typ, Address: addr(name).String(), Action: string(providers.Create), Way: "offline", Effect: "now, offline", Step: n, Steps: 4, Batch: map[bool]int{true: 2}[n < 4], Elapsed: took.Seconds()}
	}
	events := []record.Event{
		{Type: record.RunStart},
		{Type: record.ImageStart, Steps: 4, Detail: "out/kiosk.wim"},
		{Type: record.Reuse, Step: 1, Steps: 4, Detail: "the checkpoint of an earlier run"},
		step(record.StepStart, "b", 2, 0), step(record.StepStart, "c", 3, 0),
		{Type: record.StepProgress, Done: 1, Total: 2},
		step(record.StepDone, "b", 2, 3*time.Second), step(record.StepDone, "c", 3, 4*time.Second),
		{Type: record.CheckpointStart, Step: 3, Steps: 4}, {Type: record.CheckpointDone, Step: 3, Steps: 4, Elapsed: 1},
		step(record.StepStart, hostile, 4, 0),
		{Type: record.Warning, Detail: "odd " + censor.Stand + hostile},
		{
			Type: record.Error, Address: addr(hostile).String(), File: "a b.gild.hcl", Line: 7, Remedy: "Do it <b>again</b> without " + censor.Stand + ".",
			Detail: addr(hostile).String() + " (a b.gild.hcl:7): create: it quotes " + censor.Stand + hostile,
		},
	}
	for i := range events {
		events[i].Image = "kiosk"
		events[i].Time = start.Add(time.Duration(i) * time.Second)
	}
	return events
}

// work is the end of an image that is made.
func work() []record.Event {
	events := []record.Event{
		{Type: record.VerifyStart, Total: 4}, {Type: record.ExportStart, Detail: "out/kiosk.wim"},
		{Type: record.ExportProgress, Done: 1, Total: 2},
		{Type: record.ExportDone, Done: 4e8, Total: 4e8, Elapsed: 2},
		{Type: record.VerifyStart, Total: 4}, {Type: record.Verified, Done: 4, Total: 4},
		{Type: record.ImageDone, Elapsed: 20, Detail: "out/kiosk.wim", Changes: &planner.Counts{Add: 4}, Holds: &planner.Holding{InImage: 4}},
	}
	for i := range events {
		events[i].Image = "kiosk"
		events[i].Time = start.Add(time.Duration(20+i) * time.Second)
	}
	return events
}

type kept struct {
	*report.Recorder
	store string
	log   hclog.InterceptLogger
}

func keep(t *testing.T, store string, began time.Time) *kept {
	t.Helper()
	log := hclog.NewInterceptLogger(&hclog.LoggerOptions{Name: "gild", Level: hclog.Off})
	secrets := &censor.Censor{}
	p := plan()
	secrets.AddPlan(p)
	return &kept{report.New(report.Options{
		Store: store, Plan: p, Platform: "linux/amd64", Began: began, Censor: secrets, Log: log, History: &history.History{},
	}), store, log}
}

func (k *kept) play(events ...record.Event) *kept {
	for _, e := range events {
		k.Event(e)
		k.log.Named("x").Trace("beside it", "quoting", secret)
	}
	return k
}

func (k *kept) finish(t *testing.T, outcome error) string {
	t.Helper()
	dir, err := k.Finish(start.Add(time.Minute), outcome)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(strings.ReplaceAll(read(t, path), "\r\n", "\n"), got); diff != "" {
		t.Errorf("%s: -want +got:\n%s", name, diff)
	}
}

// normal takes the name of the run out of a text, which is never the same.
func normal(text, dir string) string { return strings.ReplaceAll(text, filepath.Base(dir), "RUN") }

func TestFailedRun(t *testing.T) {
	k := keep(t, t.TempDir(), start).play(script()...)
	dir := k.finish(t, errors.New("no"))
	k.log.Info("after the end")
	golden(t, "failed.json", normal(read(t, report.JSON(dir)), dir))
	golden(t, "failed.html", normal(read(t, report.HTML(dir)), dir))
	for _, name := range []string{"gild.log", "events.jsonl", "report.json", "report.html"} {
		if text := read(t, filepath.Join(dir, name)); strings.Contains(text, secret) || !strings.Contains(text, censor.Stand) {
			t.Errorf("%s shows the secret, or nothing stands for it", name)
		}
	}
	log := read(t, filepath.Join(dir, "gild.log"))
	for line := range strings.Lines(log) {
		if err := json.Unmarshal([]byte(line), &map[string]any{}); err != nil {
			t.Errorf("%v: %s", err, line)
		}
	}
	if !strings.Contains(log, `"@level":"trace"`) || strings.Contains(log, "after the end") {
		t.Errorf("the log is not that of the run:\n%s", log)
	}
	if got := k.History.Samples["registry offline"]; !cmp.Equal(got, []float64{1.5, 2}) {
		t.Errorf("learnt of steps that are made at once: %v", got)
	}
}

func TestOutcomes(t *testing.T) {
	for _, tt := range []struct {
		name         string
		events       []record.Event
		err          error
		outcome      string
		image        string
		added, bytes int
	}{
		{"complete", append(script()[:10], work()...), nil, record.Complete, record.Complete, 4, 4e8},
		{"interrupted", append(script()[:10], record.Event{Type: record.Error, Image: "kiosk", Time: start.Add(time.Minute), Detail: "interrupted", Interrupted: true}),
			executor.ErrInterrupted, record.Interrupted, record.Interrupted, 0, 0},
		{"before any image", script()[:1], errors.New("no"), record.Failed, record.NotReached, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := keep(t, t.TempDir(), start).play(tt.events...).finish(t, tt.err)
			d, err := report.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			again := t.TempDir()
			if err := report.Write(again, d); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(read(t, report.JSON(dir)), read(t, report.JSON(again))); diff != "" {
				t.Errorf("the report of the run is not the one of its events: -run +events:\n%s", diff)
			}
			img := d.Images[0]
			if d.Outcome != tt.outcome || img.Outcome != tt.image || d.Changes.Add != tt.added || img.Bytes != int64(tt.bytes) {
				t.Errorf("%s, image %s, %d added, %d bytes", d.Outcome, img.Outcome, d.Changes.Add, img.Bytes)
			}
			if d.Images[1].Outcome != record.UpToDate || d.Images[2].Outcome != record.NotReached {
				t.Errorf("the others: %s, %s", d.Images[1].Outcome, d.Images[2].Outcome)
			}
			wellFormed(t, read(t, report.HTML(dir)))
		})
	}
}

// wellFormed returns the names and the texts of a page's elements.
func wellFormed(t *testing.T, page string) (elements map[string]int, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(page, "<!DOCTYPE html>\n")))
	d.Entity = xml.HTMLEntity
	elements = map[string]int{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return elements, text
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements[token.Name.Local]++
		case xml.CharData:
			text += string(token)
		}
	}
}

// Names do no harm, and the page asks for nothing that is not in it.
func TestPage(t *testing.T) {
	page := read(t, report.HTML(keep(t, t.TempDir(), start).play(script()...).finish(t, errors.New("no"))))
	elements, text := wellFormed(t, page)
	for _, name := range []string{"script", "link", "img", "b", "iframe"} {
		if elements[name] > 0 {
			t.Errorf("%d elements %s", elements[name], name)
		}
	}
	if n := strings.Count(page, "href="); elements["a"] != n || n != strings.Count(page, `href="#image-`) {
		t.Errorf("%d references, %d elements a", n, elements["a"])
	}
	if strings.Count(text, hostile) < 4 {
		t.Error("the name is not shown as it is")
	}
	for _, want := range []string{"prefers-color-scheme: dark", "@media print", `name="viewport"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, unwanted := range []string{"http:", "https:", "//", "url(", "@import", "ZgotmplZ"} {
		if strings.Contains(page, unwanted) {
			t.Errorf("there is a %q", unwanted)
		}
	}
}

// The same records make the same report; one that was killed has none written, and
// its report is made of its events, whose last line may be torn.
func TestCutOff(t *testing.T) {
	k := keep(t, t.TempDir(), start).play(script()[:6]...)
	path := filepath.Join(k.Dir(), "events.jsonl")
	if _, err := os.Stat(report.JSON(k.Dir())); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("there is a report already: %v", err)
	}
	first, err := report.Read(k.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if first.Outcome != record.CutOff || first.Images[0].Outcome != record.CutOff || first.Images[0].Steps[1].Result != record.Left {
		t.Errorf("%s, %s, %s", first.Outcome, first.Images[0].Outcome, first.Images[0].Steps[1].Result)
	}
	if err := os.WriteFile(path, []byte(read(t, path)+`{"time":"2024-`), 0o666); err != nil {
		t.Fatal(err)
	}
	second, err := report.Read(k.Dir())
	if err != nil {
		t.Fatal(err)
	}
	one, other := t.TempDir(), t.TempDir()
	if err := errors.Join(report.Write(one, first), report.Write(other, second)); err != nil {
		t.Fatal(err)
	}
	if read(t, report.JSON(one)) != read(t, report.JSON(other)) || read(t, report.HTML(one)) != read(t, report.HTML(other)) {
		t.Errorf("another report: %s", read(t, report.JSON(other)))
	}
	for _, text := range []string{"", "nonsense\n", `{"type":"run_end"}` + "\n", `{"type":"run_start","run":{"id":"x","plan":"digest"}}` + "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := report.Read(k.Dir()); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", text, err)
		}
	}
	k.finish(t, nil) // closes its files
}

// An event that a full disk has torn is missing in the report, which says so; what another
// version has written makes none.
func TestSpoiltEvents(t *testing.T) {
	k := keep(t, t.TempDir(), start).play(script()[:6]...)
	k.finish(t, errors.New("no"))
	path := filepath.Join(k.Dir(), "events.jsonl")
	whole := read(t, path)
	lines := strings.SplitAfter(whole, "\n")
	lines[2] = lines[2][:20] + "\n"
	for _, tt := range []struct{ text, warning, err string }{
		{strings.Join(lines, ""), path + ":3: ", ""},
		{whole + `{"type":"new"}` + "\n", "", path + `:7: another version of gild wrote it: there are no events "new"; unless it was killed`},
		{strings.Replace(whole, `"format_version":"`+record.FormatVersion, `"format_version":"9.9`, 1), "", path + `: another version of gild wrote it: the run has the version "9.9"`},
	} {
		if err := os.WriteFile(path, []byte(tt.text), 0o666); err != nil {
			t.Fatal(err)
		}
		d, err := report.Read(k.Dir())
		if tt.err != "" {
			if d != nil || err == nil || !strings.HasPrefix(err.Error(), tt.err) {
				t.Errorf("%v; want %s", err, tt.err)
			}
			continue
		}
		if err != nil || d.Outcome != record.Failed || !strings.Contains(d.Warnings[len(d.Warnings)-1].Text, tt.warning) {
			t.Errorf("%+v, %v", d, err)
		}
	}
}

// A run that never had the store for itself leaves nothing there.
func TestNotBegun(t *testing.T) {
	store := t.TempDir()
	k := keep(t, store, start).play(script()[1:]...)
	if dir, err := k.Finish(start, executor.ErrLocked); dir != "" || err != nil {
		t.Errorf("%q, %v", dir, err)
	}
	if files, err := os.ReadDir(store); len(files) > 0 || err != nil {
		t.Errorf("%v, %v", files, err)
	}
}

// A folder that can't be made is reported at the end, and only then.
func TestNoFolder(t *testing.T) {
	store := t.TempDir()
	if err := os.WriteFile(filepath.Join(store, "runs"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	dir, err := keep(t, store, start).play(script()...).Finish(start, nil)
	if dir != "" || err == nil || !strings.Contains(err.Error(), "record of this run is not complete") {
		t.Errorf("%q, %v", dir, err)
	}
}

func TestPruneAndFind(t *testing.T) {
	store := t.TempDir()
	runs := filepath.Join(store, "runs")
	foreign := filepath.Join(runs, "keep me")
	if err := os.MkdirAll(foreign, 0o777); err != nil {
		t.Fatal(err)
	}
	var last string
	for i := range 23 {
		k := keep(t, store, start.Add(time.Duration(i)*time.Millisecond))
		k.Keep = 3 * (i / 22) // the last one keeps three, the others as many as gild thinks
		last = k.play(script()[0]).finish(t, nil)
		if names, err := report.List(store); i == 21 && (len(names) != 20 || err != nil) {
			t.Errorf("%d runs are kept, %v", len(names), err)
		}
	}
	names, err := report.List(store)
	if err != nil || len(names) != 3 || filepath.Join(runs, names[2]) != last {
		t.Fatalf("%v, %v", names, err)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("what is no run's was removed: %v", err)
	}
	for _, tt := range []struct{ run, want, err string }{
		{"", names[2], ""}, {names[0], names[0], ""}, {names[1][len(names[1])-6:], names[1], ""},
		{"nothing", "", `no run is named "nothing"`}, {"2024", "", `stands for 3 runs`},
	} {
		got, err := report.Find(store, tt.run)
		switch {
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s: %v", tt.run, err)
		case tt.err == "" && (err != nil || filepath.Base(got) != tt.want):
			t.Errorf("%s: %s, %v", tt.run, got, err)
		}
	}
	if _, err := report.Find(t.TempDir(), ""); err == nil || !strings.Contains(err.Error(), "no run has been recorded") {
		t.Errorf("%v", err)
	}
}
