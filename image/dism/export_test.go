package dism

import (
	"io/fs"
	"testing"

	"github.com/gildhq/gild/image"
)

// Die leaves a session as the end of its process does: open, and with its lock free.
func Die(s image.Session) error { return s.(*session).lock.Close() }

// Below is below.
func Below(dir, file string) bool { return below(dir, file) }

// SetReparseTag has another function tell reparse tags during a test.
func SetReparseTag(t *testing.T, tag func(name string, e fs.DirEntry) (uint32, error)) {
	was := reparseTag
	reparseTag = tag
	t.Cleanup(func() { reparseTag = was })
}
