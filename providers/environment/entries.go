package environment

import (
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// split returns the entries of a list as they are written. Semicolons separate
// them, but not those between two quotation marks.
func split(list string) []string {
	var entries []string
	quoted, start := false, 0
	for i := range len(list) {
		switch {
		case list[i] == '"':
			quoted = !quoted && strings.Contains(list[i+1:], `"`)
		case list[i] == ';' && !quoted:
			entries = append(entries, list[start:i])
			start = i + 1
		}
	}
	return append(entries, list[start:])
}

// plain returns the common form of entries that mean the same.
func plain(entry string) string { return nt.Fold(bare(entry)) }

// bare is an entry without quotation marks and final backslash; its case stays.
func bare(entry string) string {
	return strings.TrimRight(strings.TrimSpace(strings.ReplaceAll(entry, `"`, "")), `\`)
}

// present returns the entries that are in a list.
func present(entries []string, list string) []string {
	in := map[string]bool{}
	for _, e := range split(list) {
		in[plain(e)] = true
	}
	found := []string{}
	for _, e := range entries {
		if in[plain(e)] {
			found = append(found, e)
		}
	}
	return found
}

// with returns the list with the entries added; entries that it had stay as they
// are.
func with(list string, before, after []string) string {
	missing := func(entries []string) []string {
		have := present(entries, list)
		return slices.DeleteFunc(slices.Clone(entries), func(e string) bool { return slices.Contains(have, e) })
	}
	parts, back := missing(before), missing(after)
	if len(back) > 0 {
		list = strings.TrimSuffix(list, ";")
	}
	if list != "" {
		parts = append(parts, list)
	}
	return strings.Join(append(parts, back...), ";")
}

// without returns the list without the entries.
func without(list string, entries []string) string {
	gone := map[string]bool{}
	for _, e := range entries {
		gone[plain(e)] = true
	}
	return strings.Join(slices.DeleteFunc(split(list), func(e string) bool { return gone[plain(e)] }), ";")
}
