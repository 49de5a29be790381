package dismemu

// Bar is what a progress bar looks like.
func Bar(percent float64) string { return bar(percent) }
