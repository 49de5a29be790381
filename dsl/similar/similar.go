// Package similar finds the name that another one may be a slip of the pen for.
package similar

import (
	"fmt"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/gildhq/gild/formats/nt"
)

// Name returns the one of the names that the given one may be a slip of the
// pen for or lacks the beginning of, or nothing. Names that differ in numbers are
// versions of each other, and names with dots in other places are others.
func Name(name string, names []string) string {
	best, least := "", min(3, 1+len(name)/2) // characters that are wrong
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

// Hint returns a sentence, with a space before it, that proposes the name most like the
// given one; empty if none is like it.
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
