package journal

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gildhq/gild/executor/record"
)

var errFull = errors.New("no space left on device")

// disk has room for so many bytes.
type disk struct {
	bytes.Buffer
	room   int
	synced int // bytes
}

func (d *disk) Write(p []byte) (int, error) {
	n, err := min(len(p), d.room), error(nil)
	if n < len(p) {
		err = errFull
	}
	d.room -= n
	d.Buffer.Write(p[:n])
	return n, err
}

func (d *disk) Sync() error  { d.synced = d.Len(); return nil }
func (d *disk) Close() error { return nil }

// A disk that is full, wherever in a line, costs the events it had no room for, and no others.
func TestFullDisk(t *testing.T) {
	begin, step, done := record.Event{Type: record.ImageStart}, record.Event{Type: record.StepDone, Step: 1}, record.Event{Type: record.ImageDone}
	for room := range 60 {
		d := &disk{room: 1000}
		j := &Journal{f: d}
		if err := j.Write(begin); err != nil || d.synced != d.Len() {
			t.Fatalf("%v, %d of %d bytes are durable", err, d.synced, d.Len())
		}
		d.room = room
		want := 2
		for range 2 {
			switch err := j.Write(step); {
			case err == nil:
				want++
			case !errors.Is(err, errFull):
				t.Fatal(err)
			}
		}
		d.room = 1000
		if err := j.Write(done); err != nil {
			t.Fatal(err)
		}
		events, _ := record.Decode("journal", d.Bytes())
		if n := len(events); n < want || events[0].Type != begin.Type || events[n-1].Type != done.Type {
			t.Errorf("room for %d bytes: %d events of %q, want %d at least", room, len(events), d.Bytes(), want)
		}
	}
}
