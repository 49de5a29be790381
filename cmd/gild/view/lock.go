package view

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/operation/lock"
)

// Lock is the JSON form of a lock, and of what was changed in it.
type Lock struct {
	FormatVersion string       `json:"format_version"`
	Entries       []LockEntry  `json:"entries"`
	Changes       []LockChange `json:"changes"`
}

// LockEntry is an entry of a lock.
type LockEntry struct {
	Sort       string              `json:"sort"` // module, payload or source
	Address    string              `json:"address"`
	Constraint string              `json:"constraint,omitempty"`
	Version    string              `json:"version,omitempty"`
	Revision   string              `json:"revision,omitempty"`
	SHA256     string              `json:"sha256"`
	Size       int64               `json:"size"`
	Details    map[string][]string `json:"details"`
}

// LockChange is a change of an entry; null is before it was there, or when it is not any more.
type LockChange struct {
	Before  *LockEntry `json:"before"`
	After   *LockEntry `json:"after"`
	Images  []string   `json:"images"`
	Summary string     `json:"summary"`
}

// NewLock puts a lock into that form.
func NewLock(r *operation.LockResult) Lock {
	l := Lock{FormatVersion: "1.0", Entries: []LockEntry{}, Changes: []LockChange{}}
	for _, e := range r.File.Entries {
		l.Entries = append(l.Entries, *lockEntry(e))
	}
	for _, c := range r.Changes {
		l.Changes = append(l.Changes, LockChange{Before: lockEntry(c.Old), After: lockEntry(c.New), Images: list(c.Images), Summary: summaryOf(c)})
	}
	return l
}

func lockEntry(e *lock.Entry) *LockEntry {
	if e == nil {
		return nil
	}
	out := &LockEntry{Sort: string(e.Sort), Address: e.Address, Constraint: e.Constraint, Version: e.Version, Revision: e.Revision, SHA256: e.SHA256, Size: e.Size, Details: map[string][]string{}}
	for _, d := range e.Details {
		out.Details[d.Name] = d.Values
	}
	return out
}

// LockEntries are the lines that say what is locked.
func LockEntries(r *operation.LockResult) []string {
	var lines []string
	for _, e := range r.File.Entries {
		lines = append(lines, printable(fmt.Sprintf("%s: %s", e.Key, strings.Join(append(told(e), size.Text(e.Size), "sha256:"+e.SHA256), ", "))))
	}
	if len(lines) == 0 {
		return []string{"Nothing is locked."}
	}
	return lines
}

// LockChanges are the lines that say what was changed in a lock, as text for a pull request.
func LockChanges(r *operation.LockResult) []string {
	var lines []string
	changes := renamed(r.Changes)
	for _, c := range changes {
		lines = append(lines, printable(headOf(c)))
		for _, line := range linesOf(c) {
			lines = append(lines, "    "+printable(line))
		}
	}
	if len(changes) > 0 {
		lines = append(lines, "")
	}
	for _, k := range r.Unused {
		lines = append(lines, printable(fmt.Sprintf("Nothing names %s with these values of variables; it stays.", k)))
	}
	return append(lines, fmt.Sprintf("%s: %s, %d changed.", lock.Name, count(len(r.File.Entries), "block"), len(changes)))
}

var digits = regexp.MustCompile(`[0-9]+|[0-9a-f]{40,}`)

// renamed joins what nothing names any more with what came in its place, if their
// addresses differ in numbers only, as those of updates do.
func renamed(changes []operation.LockChange) []operation.LockChange {
	like := func(e *lock.Entry) string { return string(e.Sort) + digits.ReplaceAllString(e.Address, "#") }
	gone, come := map[string][]int{}, map[string][]int{}
	for i, c := range changes {
		switch {
		case c.New == nil:
			gone[like(c.Old)] = append(gone[like(c.Old)], i)
		case c.Old == nil:
			come[like(c.New)] = append(come[like(c.New)], i)
		}
	}
	out := slices.Clone(changes)
	var joined []int
	for name, from := range gone {
		if to := come[name]; len(from) == 1 && len(to) == 1 {
			out[to[0]].Old = changes[from[0]].Old
			joined = append(joined, from[0])
		}
	}
	slices.Sort(joined)
	for _, i := range slices.Backward(joined) {
		out = slices.Delete(out, i, i+1)
	}
	return out
}

// headOf is the line of a change, with what it is about in front.
func headOf(c operation.LockChange) string {
	switch {
	case c.Old == nil:
		return fmt.Sprintf("+ %s: %s", c.New.Key, summaryOf(c))
	case c.New == nil:
		return fmt.Sprintf("- %s: nothing names it any more", c.Old.Key)
	case c.Old.Key != c.New.Key:
		return fmt.Sprintf("~ %s -> %q: %s", c.Old.Key, c.New.Address, summaryOf(c))
	}
	return fmt.Sprintf("~ %s: %s", c.New.Key, summaryOf(c))
}

// summaryOf is a change in one line: KB5094126 -> KB5101234, 4 images, needs 26100.1742.
func summaryOf(c operation.LockChange) string {
	if c.New == nil {
		return gist(c.Old)
	}
	parts := []string{gist(c.New)}
	if c.Old != nil {
		before, after := gist(c.Old), gist(c.New)
		if before == after {
			before, after = shortDigest(c.Old), shortDigest(c.New)
			if gist(c.New) != after {
				after = after + " (" + gist(c.New) + ")"
			}
		}
		parts[0] = before + " -> " + after
	}
	if len(c.Images) > 0 {
		parts = append(parts, count(len(c.Images), "image"))
	}
	if needs := c.New.Detail("needs"); needs != nil {
		parts = append(parts, "needs "+strings.Join(needs, " or "))
	}
	return strings.Join(parts, ", ")
}

// gist is what a reviewer calls the content of an entry.
func gist(e *lock.Entry) string {
	for _, name := range []string{"kb", "app_version", "driver", "language", "capability", "build"} {
		if values := e.Detail(name); len(values) > 3 {
			return fmt.Sprintf("%s and %d more", values[0], len(values)-1)
		} else if values != nil {
			return strings.Join(values, ", ")
		}
	}
	if e.Version != "" {
		return e.Version
	}
	return shortDigest(e)
}

func shortDigest(e *lock.Entry) string { return "sha256:" + ShortID(e.SHA256) }

// linesOf are the differences of a change, and of what is new all.
func linesOf(c operation.LockChange) []string {
	if c.New == nil {
		return nil
	}
	old := c.Old
	if old == nil {
		return append(told(c.New), size.Text(c.New.Size), "sha256:"+c.New.SHA256)
	}
	var out []string
	differ := func(name, before, after string) {
		if before != after {
			out = append(out, fmt.Sprintf("%s: %s -> %s", name, orDash(before), orDash(after)))
		}
	}
	differ("version", old.Version, c.New.Version)
	differ("revision", old.Revision, c.New.Revision)
	for _, d := range c.New.Details {
		differ(d.Name, strings.Join(old.Detail(d.Name), ", "), strings.Join(d.Values, ", "))
	}
	differ("size", size.Text(old.Size), size.Text(c.New.Size))
	differ("sha256", old.SHA256, c.New.SHA256)
	return out
}

// told are the details of an entry, with their names.
func told(e *lock.Entry) []string {
	var out []string
	if e.Version != "" {
		out = append(out, "version "+e.Version)
	}
	if e.Revision != "" {
		out = append(out, "revision "+e.Revision)
	}
	for _, d := range e.Details {
		out = append(out, strings.ReplaceAll(d.Name, "_", " ")+" "+strings.Join(d.Values, ", "))
	}
	return out
}
