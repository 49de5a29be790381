package journal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/executor/journal"
	"github.com/gildhq/gild/executor/record"
)

func write(t *testing.T, path string, events ...record.Event) {
	t.Helper()
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if err := j.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func event(typ record.Type, image string) record.Event {
	return record.Event{Time: time.Unix(1e9, 5).UTC(), Type: typ, Image: image, Address: "kiosk/file.\n\"ü\""}
}

// read returns the events in a journal, and what [journal.Read] says about it.
func read(t *testing.T, path string) ([]record.Event, error) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	events, _ := record.Decode(path, data)
	_, err = journal.Read(path, false)
	return events, err
}

func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	if got, err := read(t, path); err != nil || got != nil {
		t.Errorf("no journal: got %v, %v", got, err)
	}
	want := []record.Event{event(record.ImageStart, "a"), event(record.ImageDone, "a"), event(record.ImageStart, "b")}
	write(t, path, want[0], event(record.StepProgress, "a"), event(record.ExportProgress, "a"), want[1])
	write(t, path, want[2])
	got, err := read(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Whatever part of the last line a crash has left, the lines before it are read,
// and what is written next begins a line of its own.
func TestTorn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	write(t, path, event(record.ImageStart, "a"), event(record.StepStart, "a"))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first := strings.Index(string(data), "\n") + 1
	for cut := first; cut < len(data); cut++ {
		if err := os.WriteFile(path, data[:cut], 0o666); err != nil {
			t.Fatal(err)
		}
		if got, err := read(t, path); err != nil || len(got) != 1 {
			t.Fatalf("cut at %d: got %v, %v", cut, got, err)
		}
		write(t, path, event(record.ImageDone, "a"))
		if got, err := read(t, path); err != nil || len(got) != 2 || got[1].Type != record.ImageDone {
			t.Fatalf("cut at %d, then written: got %v, %v", cut, got, err)
		}
	}
}

// What another version of gild wrote is reported, and left out.
func TestOtherVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	for _, line := range []string{`{"type":"begin","image":"a","output":"a.wim"}`, `{"type":"image_start","image":1}`} {
		if err := os.WriteFile(path, []byte(line+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := journal.Read(path, false); err == nil || !strings.Contains(err.Error(), path+":1: another version of gild wrote it") {
			t.Errorf("%s: %v", line, err)
		}
		write(t, path, event(record.ImageStart, "a"))
		if got, err := read(t, path); len(got) != 1 || err != nil {
			t.Errorf("after it was opened: %v, %v", got, err)
		}
	}
}

// Lines that a loss of power has spoilt are reported, once, and the others are read.
func TestGarbage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	write(t, path, event(record.ImageStart, "a"))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := string(whole) + strings.Repeat("\x00", 512) + "tail\"}\n" + string(whole)
	if err := os.WriteFile(path, []byte(spoilt), 0o666); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t, path); len(got) != 2 || err == nil || !strings.Contains(err.Error(), path+":2") {
		t.Errorf("got %d records, %v", len(got), err)
	}
	write(t, path, event(record.ImageDone, "a"))
	if got, err := read(t, path); len(got) != 3 || err != nil || got[2].Type != record.ImageDone {
		t.Errorf("after it was opened: %v, %v", got, err)
	}
}

func TestLongJournalIsPutAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	write(t, path, event(record.ImageStart, strings.Repeat("x", 9<<20)))
	write(t, path, event(record.ImageStart, "new"))
	if got, err := read(t, path); err != nil || len(got) != 1 || got[0].Image != "new" {
		t.Errorf("got %d records, %v", len(got), err)
	}
	if got, err := read(t, path+".old"); err != nil || len(got) != 1 {
		t.Errorf("put aside: got %d records, %v", len(got), err)
	}
}
