package providers

import (
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// Similar returns the one of the names that the given one may be a slip of the
// pen for or lacks the beginning of, or nothing. Names that differ in numbers are
// versions of each other, and names with dots in other places are others.
func Similar(name string, names []string) string {
	best, least := "", min(3, 1+len(name)/4)
	for _, n := range names {
		if strings.HasSuffix(nt.Fold(n), "."+nt.Fold(name)) {
			return n
		}
		if letters(n) == letters(name) && strings.Count(n, ".") == strings.Count(name, ".") {
			continue
		}
		if d := distance(nt.Fold(name), nt.Fold(n)); d < least {
			best, least = n, d
		}
	}
	return best
}

func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, nt.Fold(name))
}

// distance is the number of characters to insert, remove or replace to make one
// string of the other (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
