package dism

import "github.com/gildhq/gild/image"

// Die leaves a session as a killed process does: open, with its lock free.
func Die(s image.Session) error { return s.(*session).lock.Close() }

// Below is below.
func Below(dir, file string) bool { return below(dir, file) }
