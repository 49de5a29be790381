package imagetest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
)

// write writes a file and fails the test if that can't be done.
func (s opened) write(t *testing.T, name, content string) {
	t.Helper()
	if err := s.files.WriteFile(name, strings.NewReader(content), image.Meta{}); err != nil {
		t.Fatal(err)
	}
}

func testClose(t *testing.T, f Fixture) {
	s := f.open(t)
	s.write(t, "new.txt", "not committed")
	if got := s.content(t, "NEW.TXT"); got != "not committed" {
		t.Errorf("a change is not visible: %q", got)
	}
	s.close(t)
	s.close(t)
	if err := s.Commit(t.Context(), "step1"); err == nil {
		t.Error("a closed session was committed")
	}
	if err := s.files.WriteFile("late.txt", strings.NewReader(""), image.Meta{}); err == nil {
		t.Error("a closed session was written to")
	}
	if again := f.open(t, "step1"); again.exists(t, "new.txt") != f.InPlace || again.At() != "" {
		t.Errorf("after close: file is there: %v, at %q", again.exists(t, "new.txt"), again.At())
	}
}

func testCheckpoints(t *testing.T, f Fixture) {
	if f.InPlace {
		testInPlace(t, f)
		return
	}
	s := f.open(t)
	s.write(t, "a.txt", "a")
	s.commit(t, "step1")
	s.write(t, "b.txt", "b")
	s.commit(t, "step2")
	if s.At() != "step2" {
		t.Errorf("at %q after the commit of step2", s.At())
	}
	if err := s.Commit(t.Context(), "step2"); err == nil {
		t.Error("one step was committed twice")
	}
	s.write(t, "c.txt", "never committed")
	s.close(t)

	for _, c := range []struct {
		chain []string
		at    string
		files string
	}{
		{nil, "", ""},
		{[]string{"other"}, "", ""},
		{[]string{"step1"}, "step1", "a"},
		{[]string{"step1", "step2"}, "step2", "ab"},
		{[]string{"step1", "step1b", "step2", "step3"}, "step2", "ab"},
		{[]string{"step1", "other"}, "step1", "a"},
	} {
		for _, s := range []opened{f.reader(t, c.chain...), f.open(t, c.chain...)} {
			if s.At() != c.at {
				t.Errorf("chain %v: at %q, want %q", c.chain, s.At(), c.at)
			}
			for _, name := range []string{"a", "b", "c"} {
				if got, want := s.exists(t, name+".txt"), strings.Contains(c.files, name); got != want {
					t.Errorf("chain %v: file %s is there: %v", c.chain, name, got)
				}
			}
			s.close(t)
		}
	}
}

// testExchanged checks that an image is opened only if it is the one that is meant.
func testExchanged(t *testing.T, f Fixture) {
	s := f.open(t)
	info, err := s.Info(t.Context())
	if err != nil || (info.Fingerprint == "") != f.InPlace {
		t.Fatalf("the fingerprint is %q, %v", info.Fingerprint, err)
	}
	s.close(t)
	if f.InPlace {
		return
	}
	opts := f.Open
	opts.Write, opts.Clock, opts.Fingerprint = true, Clock(), info.Fingerprint
	f.openWith(t, opts).close(t)
	for _, opts.Write = range []bool{true, false} {
		opts.Fingerprint = "another"
		if _, err := f.Backend.Open(t.Context(), f.Ref, opts); !errors.Is(err, image.ErrExchanged) {
			t.Errorf("open for writing %t: %v", opts.Write, err)
		}
	}
}

// testInPlace checks that a session without checkpoints does not claim to have some.
func testInPlace(t *testing.T, f Fixture) {
	s := f.open(t)
	s.write(t, "a.txt", "a")
	s.commit(t, "step1")
	s.commit(t, "step2")
	if s.At() != "" {
		t.Errorf("at %q", s.At())
	}
	s.close(t)
	again := f.open(t, "step1", "step2")
	if again.At() != "" || !again.exists(t, "a.txt") {
		t.Errorf("opened again: at %q, file is there: %v", again.At(), again.exists(t, "a.txt"))
	}
}

func testCancelled(t *testing.T, f Fixture) {
	s := f.open(t)
	s.write(t, "a.txt", "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Commit(ctx, "step1"); err == nil {
		t.Error("committed after the cancellation")
	}
	if s.At() != "" {
		t.Errorf("at %q", s.At())
	}
	s.commit(t, "step1")
	if got := s.content(t, "a.txt"); got != "a" {
		t.Errorf("content %q", got)
	}
	if _, err := f.Backend.Open(ctx, f.Ref, f.Open); err == nil {
		t.Error("opened after the cancellation")
	}
}
