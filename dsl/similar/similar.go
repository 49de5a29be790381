// Package similar finds the name that a misspelled one probably stands for.
package similar

import (
	"fmt"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/gildhq/gild/formats/nt"
)

// Name returns the name that the given one probably misspells, or lacks the beginning of;
// empty if none. Names that differ in numbers are different versions, and names with dots
// in different positions are different names: neither is a misspelling.
func Name(name string, names []string) string {
	best, least := "", min(3, 1+len(name)/2) // wrong characters
	for _, n := range names {
		if strings.HasSuffix(nt.Fold(n), "."+nt.Fold(name)) {
			return n
		}
		if letters(n) == letters(name) && strings.Count(n, ".") == strings.Count(name, ".") {
			continue
		}
		if d := levenshtein.Distance(nt.Fold(name), nt.Fold(n), nil); d < least {
			best, least = n, d
		}
	}
	return best
}

// Hint returns a sentence with a leading space that suggests the most similar name; empty if
// none is similar.
func Hint(name string, names []string) string {
	best := Name(name, names)
	switch {
	case best == "":
		return ""
	case strings.Contains(best, `"`):
		return fmt.Sprintf(" Did you mean %s?", best)
	}
	return fmt.Sprintf(" Did you mean %q?", best)
}

func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, nt.Fold(name))
}
