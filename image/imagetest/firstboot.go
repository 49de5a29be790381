package imagetest

import (
	"errors"
	"io/fs"
	"reflect"
	"slices"
	"testing"

	"github.com/gildhq/gild/image"
)

func testFirstBoot(t *testing.T, f Fixture) {
	if !slices.Contains(f.Backend.Offers(), image.CanFirstBoot) {
		t.Skip("the backend does not offer it")
	}
	want := []image.Action{
		{ID: "first", Order: 10, Interpreter: image.Cmd, Script: []byte("@echo off\r\n"), OKExitCodes: []int{0}, Confirm: true, When: image.WithNetwork},
		{ID: "Second", Order: 20, Title: "Größe", Interpreter: image.PowerShell, Script: []byte("exit 3010\r\n"),
			Environment: map[string]string{"TOKEN": "a%b"}, Restart: true, OKExitCodes: []int{0, 3010}, GoOn: true, Limit: 90, Passing: []int{1618, -2146498302}},
	}
	s := f.open(t)
	queue := s.queue(t)
	if list, err := queue.QueuedActions(); err != nil || len(list) != 0 {
		t.Fatalf("there are actions already: %v, %v", list, err)
	}
	for _, a := range []image.Action{want[1], {ID: "FIRST", Interpreter: image.Cmd}, want[0]} {
		if err := queue.QueueAction(a); err != nil {
			t.Fatal(err)
		}
	}
	s.sameQueue(t, want)
	s.commit(t, "kept")
	s.sameQueue(t, want)
	s.close(t)
	s = f.open(t, "kept")
	s.sameQueue(t, want)

	if err := f.reader(t, "kept").queue(t).QueueAction(want[0]); !errors.Is(err, image.ErrReadOnly) {
		t.Errorf("queued in an image open for reading only: %v", err)
	}
	if err := f.reader(t, "kept").queue(t).UnqueueAction("first"); !errors.Is(err, image.ErrReadOnly) {
		t.Errorf("removed from an image open for reading only: %v", err)
	}
	missing(t, "an action that is not there", s.queue(t).UnqueueAction("third"))
	for _, id := range []string{"SECOND", "first"} {
		if err := s.queue(t).UnqueueAction(id); err != nil {
			t.Fatal(err)
		}
	}
	s.sameQueue(t, nil)
	s.commit(t, "gone")
	s.sameQueue(t, nil)
	if _, err := s.files.Stat(image.SetupComplete); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the call of the queue is left: %v", err)
	}
}

func (s opened) queue(t *testing.T) image.FirstBoot {
	t.Helper()
	q, ok := image.As[image.FirstBoot](s.Session)
	if !ok {
		t.Fatal("the session has no queue for the first boot")
	}
	return q
}

func (s opened) sameQueue(t *testing.T, want []image.Action) {
	t.Helper()
	got, err := s.queue(t).QueuedActions()
	if err != nil || len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("queue %+v, %v\nwant %+v", got, err, want)
	}
}
