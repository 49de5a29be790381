package offline

import (
	"io/fs"

	"github.com/gildhq/gild/image"
)

// ofPlaceholders are attributes by which a file system says that it has the content of a
// file elsewhere: sparse, reparse point, offline, recall on open and on data access
// ([MS-FSCC] §2.6).
const ofPlaceholders = 0x200 | image.ReparsePoint | 0x1000 | 0x40000 | 0x400000

// attributes returns those of a file or folder that are the image's. Of what is a reparse
// point and no link, as the files of a mounted image are until something writes to them,
// only the others are.
func attributes(native uint32, mode fs.FileMode) image.Attributes {
	a := image.Attributes(native)
	if a&image.ReparsePoint == 0 || mode&(fs.ModeSymlink|fs.ModeIrregular) != 0 {
		return a
	}
	if a &^= ofPlaceholders; a == 0 {
		a = image.Normal
	}
	return a
}
