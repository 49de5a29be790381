package offline

import (
	"io/fs"

	"github.com/gildhq/gild/image"
)

// ofPlaceholders are attributes of files whose content the file system has elsewhere:
// sparse, reparse point, offline, recall on open and on data access ([MS-FSCC] §2.6).
const ofPlaceholders = 0x200 | image.ReparsePoint | 0x1000 | 0x40000 | 0x400000

// attributes returns the image's attributes of a file or folder. A reparse point that is
// not a link, such as an untouched file of a mounted image, has those of placeholders
// only from the file system, so they are removed.
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
