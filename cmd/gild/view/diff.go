package view

import (
	"bytes"

	"github.com/rogpeppe/go-internal/diff"
)

// Diff prints the difference between two texts as a unified diff.
func (s *Screen) Diff(name string, before, after []byte) error {
	text := diff.Diff("old/"+name, before, "new/"+name, after)
	for _, line := range bytes.SplitAfter(text, []byte("\n")) {
		shown := string(line)
		switch {
		case bytes.HasPrefix(line, []byte("+")):
			shown = s.out.paint(green, shown)
		case bytes.HasPrefix(line, []byte("-")):
			shown = s.out.paint(red, shown)
		}
		if err := s.Raw([]byte(shown)); err != nil {
			return err
		}
	}
	return nil
}
