package offline

import (
	"io/fs"
	"testing"

	"github.com/gildhq/gild/image"
)

// TestAttributes: the attributes that a file system gives a placeholder are not the
// image's.
func TestAttributes(t *testing.T) {
	for _, tt := range []struct {
		native uint32
		mode   fs.FileMode
		want   image.Attributes
	}{
		{0x20, 0, image.Archive},
		{0x1020, 0, image.Archive | 0x1000}, // offline, and not a reparse point
		{0x401620, 0, image.Archive},        // of a mounted image, of OneDrive
		{0x400, 0, image.Normal},
		{0x410, fs.ModeDir, image.Directory},
		{0x420, fs.ModeSymlink, image.Archive | image.ReparsePoint},
		{0x410, fs.ModeIrregular, image.Directory | image.ReparsePoint}, // a junction
	} {
		if got := attributes(tt.native, tt.mode); got != tt.want {
			t.Errorf("%#x, %v: %#x, want %#x", tt.native, tt.mode, got, tt.want)
		}
	}
}
