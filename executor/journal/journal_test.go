package journal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/executor/journal"
)

func write(t *testing.T, path string, records ...journal.Record) {
	t.Helper()
	j, err := journal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := j.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func record(typ journal.Type, image string) journal.Record {
	return journal.Record{Time: time.Unix(1e9, 5).UTC(), Type: typ, Image: image, Address: "kiosk/file.\n\"ü\""}
}

func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	if got, err := journal.Read(path); err != nil || got != nil {
		t.Errorf("no journal: got %v, %v", got, err)
	}
	want := []journal.Record{record(journal.Begin, "a"), record(journal.End, "a"), record(journal.Begin, "b")}
	write(t, path, want[:2]...)
	write(t, path, want[2])
	got, err := journal.Read(path)
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
	write(t, path, record(journal.Begin, "a"), record(journal.StepStart, "a"))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first := strings.Index(string(data), "\n") + 1
	for cut := first; cut < len(data); cut++ {
		if err := os.WriteFile(path, data[:cut], 0o666); err != nil {
			t.Fatal(err)
		}
		if got, err := journal.Read(path); err != nil || len(got) != 1 {
			t.Fatalf("cut at %d: got %v, %v", cut, got, err)
		}
		write(t, path, record(journal.End, "a"))
		if got, err := journal.Read(path); err != nil || len(got) != 2 || got[1].Type != journal.End {
			t.Fatalf("cut at %d, then written: got %v, %v", cut, got, err)
		}
	}
}

// Lines that a loss of power has spoilt are reported, once, and the others are read.
func TestGarbage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	write(t, path, record(journal.Begin, "a"))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := string(whole) + strings.Repeat("\x00", 512) + "tail\"}\n" + string(whole)
	if err := os.WriteFile(path, []byte(spoilt), 0o666); err != nil {
		t.Fatal(err)
	}
	if got, err := journal.Read(path); len(got) != 2 || err == nil || !strings.Contains(err.Error(), path+":2") {
		t.Errorf("got %d records, %v", len(got), err)
	}
	write(t, path, record(journal.End, "a"))
	if got, err := journal.Read(path); len(got) != 3 || err != nil || got[2].Type != journal.End {
		t.Errorf("after it was opened: %v, %v", got, err)
	}
}

func TestLongJournalIsPutAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	write(t, path, record(journal.Begin, strings.Repeat("x", 9<<20)))
	write(t, path, record(journal.Begin, "new"))
	if got, err := journal.Read(path); err != nil || len(got) != 1 || got[0].Image != "new" {
		t.Errorf("got %d records, %v", len(got), err)
	}
	if got, err := journal.Read(path + ".old"); err != nil || len(got) != 1 {
		t.Errorf("put aside: got %d records, %v", len(got), err)
	}
}

func TestUnfinished(t *testing.T) {
	begin := record(journal.Begin, "a")
	begin.Output = "a.wim"
	other := begin
	other.Image = "b"
	for _, tt := range []struct {
		name    string
		records []journal.Record
		want    bool
	}{
		{"none", nil, false},
		{"ended", []journal.Record{begin, record(journal.End, "a")}, false},
		{"cut off", []journal.Record{begin, record(journal.End, "a"), begin, record(journal.StepStart, "a")}, true},
		{"cut off, then another image", []journal.Record{begin, other, record(journal.End, "b")}, true},
		{"another image cut off", []journal.Record{other}, false},
	} {
		if _, got := journal.Unfinished(tt.records, "a", "a.wim"); got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
	if _, got := journal.Unfinished([]journal.Record{begin}, "a", "other.wim"); got {
		t.Error("another output: got true")
	}
}

// A record that no one can have written makes no one remove billions of files.
func TestPublishing(t *testing.T) {
	records := []journal.Record{
		{Type: journal.ExportDone, Output: "out.swm", Parts: 3},
		{Type: journal.ExportDone, Output: "out.swm", Parts: 2_000_000_000},
		{Type: journal.Renamed, Path: "other.swm"},
	}
	if n := journal.Publishing(records, "out.swm"); n != 3 {
		t.Errorf("%d files", n)
	}
	records[2].Path = "out.swm"
	if n := journal.Publishing(records, "out.swm"); n != 0 {
		t.Errorf("%d files after the last one got its name", n)
	}
}
