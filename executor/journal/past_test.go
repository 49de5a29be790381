package journal_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/executor/journal"
	"github.com/gildhq/gild/executor/record"
)

// past is what a journal with these events tells.
func past(t *testing.T, events ...record.Event) *journal.Past {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	write(t, path, events...)
	p, err := journal.Read(path, false)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func at(minute int, image string, typ record.Type) record.Event {
	return record.Event{Time: time.Date(2024, 1, 1, 10, minute, 0, 0, time.UTC), Image: image, Type: typ}
}

func TestCutOff(t *testing.T) {
	begin := at(1, "a", record.ImageStart)
	begin.Output = "a.wim"
	other := begin
	other.Image = "b"
	for _, tt := range []struct {
		name   string
		events []record.Event
		want   int // minute in which something was heard of it; 0: it was not cut off
	}{
		{"none", nil, 0},
		{"ended", []record.Event{begin, at(2, "a", record.ImageDone)}, 0},
		{"failed", []record.Event{begin, at(2, "a", record.Error)}, 0},
		{"cut off", []record.Event{begin, at(2, "a", record.ImageDone), begin, at(3, "a", record.StepStart)}, 3},
		{"cut off, then another image", []record.Event{begin, other, at(2, "b", record.ImageDone)}, 1},
		{"cut off, then refused", []record.Event{begin, at(2, "", record.RunStart), at(3, "a", record.Error)}, 1},
		{"another image cut off", []record.Event{other}, 0},
	} {
		if last, got := past(t, tt.events...).CutOff("a", "a.wim"); got != (tt.want > 0) || got && last.Minute() != tt.want {
			t.Errorf("%s: got %v, %v", tt.name, last, got)
		}
	}
	if _, got := past(t, begin).CutOff("a", "other.wim"); got {
		t.Error("another output: got true")
	}
}

// An event that no one can have written makes no one remove billions of files.
func TestPublishing(t *testing.T) {
	events := []record.Event{
		{Type: record.PublishStart, Output: "out.swm", Parts: 3},
		{Type: record.PublishStart, Output: "out.swm", Parts: 2_000_000_000},
		{Type: record.ImageDone, Output: "other.swm"},
	}
	if n := past(t, events...).Publishing("out.swm"); n != 3 {
		t.Errorf("%d files", n)
	}
	events[2].Output = "out.swm"
	if n := past(t, events...).Publishing("out.swm"); n != 0 {
		t.Errorf("%d files after the last one got its name", n)
	}
}

// What is known of checkpoints is in the rotated journal, too; one that is not sealed has no time.
func TestSeals(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	write(t, path+".old", record.Event{Type: record.StepDone, Image: "a", Step: 1, Steps: 2, ID: "x", Address: "a/file.x"})
	sealed := record.Event{Time: time.Unix(1e9, 0).UTC(), Type: record.CheckpointDone, Image: "b", Step: 1, Steps: 3, ID: "x"}
	write(t, path, sealed, record.Event{Type: record.StepDone, Image: "b", Step: 2, Steps: 3, ID: "y", Address: "b/file.y"})
	p, err := journal.Read(path, true)
	want := map[string]journal.Seal{
		"x": {Time: sealed.Time, Image: "b", Step: 1, Steps: 3, Address: "a/file.x"},
		"y": {Image: "b", Step: 2, Steps: 3, Address: "b/file.y"},
	}
	if diff := cmp.Diff(want, p.Seals); err != nil || diff != "" {
		t.Errorf("%v; -want +got:\n%s", err, diff)
	}
}
