package viadism_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers/viadism"
)

// teller keeps what it is told.
type teller struct {
	image.Session
	calls [][]string
}

func (s *teller) Dism(_ context.Context, args ...string) (*transcript.Transcript, error) {
	s.calls = append(s.calls, args)
	return &transcript.Transcript{}, nil
}

func (s *teller) Warn(string) {}

// TestRunEach keeps the order and the limits of command lines, and leaves nothing out.
func TestRunEach(t *testing.T) {
	var values []string
	for i := range 1500 {
		values = append(values, fmt.Sprintf(`C:\Users\Jürgen Müller\drivers\%04d\a driver of some length.inf`, i))
	}
	s := &teller{}
	if err := viadism.RunEach(t.Context(), s, "/Add-Driver", "/Driver", values, "/ForceUnsigned"); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, call := range s.calls {
		if line := strings.Join(call, `" "`); len([]rune(line)) > 30000 {
			t.Errorf("a command line of %d characters", len([]rune(line)))
		}
		if call[0] != "/Add-Driver" || call[len(call)-1] != "/ForceUnsigned" {
			t.Errorf("%s … %s", call[0], call[len(call)-1])
		}
		for _, a := range call[1 : len(call)-1] {
			told = append(told, strings.TrimPrefix(a, "/Driver:"))
		}
	}
	if !slices.Equal(told, values) || len(s.calls) > 5 {
		t.Errorf("%d values in %d calls", len(told), len(s.calls))
	}
	s.calls = nil
	if err := viadism.RunEach(t.Context(), s, "/Add-Driver", "/Driver", nil); err != nil || s.calls != nil {
		t.Errorf("%v, %v", s.calls, err)
	}
	if err := viadism.RunEach(t.Context(), s, "/Add-Driver", "/Driver", []string{strings.Repeat("x", 40000)}); err != nil || len(s.calls) != 1 {
		t.Error("what is too long by itself is for DISM to refuse")
	}
}
