package unattend

import (
	"fmt"
	"slices"
	"strings"
)

// processedMark is what Windows Setup notes at a pass that it has carried out. It
// skips such a pass ("Windows Setup Automation Overview").
const processedMark = "wasPassProcessed"

// Passes returns the names of the passes that the file has, each once.
func (f *File) Passes() []string {
	var names []string
	for _, n := range f.root.named("settings") {
		if name, _ := n.attr("pass"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Processed reports whether a pass is marked as one that was carried out.
func (f *File) Processed(pass string) bool {
	return slices.ContainsFunc(f.passes(pass), (*node).processed)
}

// Unmark takes the mark away from a pass.
func (f *File) Unmark(pass string) {
	for _, n := range f.passes(pass) {
		if i := n.attrIndex(processedMark); i >= 0 && n.processed() {
			n.attrs = slices.Delete(n.attrs, i, i+1)
		}
	}
}

func (n *node) processed() bool {
	value, _ := n.attr(processedMark)
	value = strings.ToLower(strings.TrimSpace(value))
	return value == "true" || value == "1"
}

// passes returns the elements of a pass: one in a sound file.
func (f *File) passes(name string) []*node {
	return slices.DeleteFunc(f.root.named("settings"), func(n *node) bool {
		pass, _ := n.attr("pass")
		return pass != name
	})
}

// Twice is a pass, or a component of one, that stands more than once. Windows Setup
// refuses such a file.
type Twice struct {
	Component       // with the pass alone if that stands twice
	Lines     []int // where it begins
}

// String says what stands where.
func (t Twice) String() string {
	lines := make([]string, len(t.Lines))
	for i, l := range t.Lines {
		lines[i] = fmt.Sprint(l)
	}
	where := "on the lines " + strings.Join(lines[:len(lines)-1], ", ") + " and " + lines[len(lines)-1]
	if one := slices.Compact(slices.Clone(lines)); len(one) == 1 {
		where = "on line " + one[0]
	}
	if t.Name == "" {
		return fmt.Sprintf("the pass %s %s", t.Pass, where)
	}
	return fmt.Sprintf("the component %s (%s) of the pass %s %s", t.Name, t.Arch, t.Pass, where)
}

// Twice returns what stands more than once.
func (f *File) Twice() []Twice {
	var all []Twice
	for _, pass := range f.Passes() {
		if list := f.passes(pass); len(list) > 1 {
			all = append(all, Twice{Component{Pass: pass}, linesOf(list)})
		}
	}
	for _, group := range f.groups() {
		if len(group) > 1 {
			all = append(all, Twice{componentOf(group[0]), linesOf(group)})
		}
	}
	return all
}

func linesOf(list []*node) []int {
	lines := make([]int, len(list))
	for i, n := range list {
		lines[i] = n.line
	}
	return lines
}

// groups returns the elements of each component in a pass.
func (f *File) groups() [][]*node {
	type identity struct{ pass, name, arch, token, language, scope string }
	var order []identity
	byIdentity := map[identity][]*node{}
	for _, pass := range f.root.named("settings") {
		for _, n := range pass.named("component") {
			c := componentOf(n)
			token, _ := n.attr("publicKeyToken")
			language, _ := n.attr("language")
			scope, _ := n.attr("versionScope")
			id := identity{c.Pass, c.Name, c.Arch, strings.ToLower(token), strings.ToLower(language), strings.ToLower(scope)}
			if byIdentity[id] == nil {
				order = append(order, id)
			}
			byIdentity[id] = append(byIdentity[id], n)
		}
	}
	groups := make([][]*node, len(order))
	for i, id := range order {
		groups[i] = byIdentity[id]
	}
	return groups
}
