package dismemu

import "slices"

// Bar is what a progress bar looks like.
func Bar(percent float64) string { return bar(percent) }

// Remember notes what the files of a mounted image are like.
func Remember(m *Machine, dir string) error { return mounts{m.State}.remember(dir) }

// Options are the names of all options that the emulation takes, those of commands too.
func Options() []string {
	list := slices.Clone(global)
	for _, c := range commands() {
		list = slices.Concat(list, []string{c.name}, c.others, c.options)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
