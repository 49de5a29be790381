package dismemu

// Bar is what a progress bar looks like.
func Bar(percent float64) string { return bar(percent) }

// Remember notes what the files of a mounted image are like.
func Remember(m *Machine, dir string) error { return (&run{Machine: m}).remember(dir) }
