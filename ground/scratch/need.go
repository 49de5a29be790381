package scratch

import (
	"os"
	"path/filepath"

	"github.com/gildhq/gild/ground/regular"
)

// Languages is the space that DISM needs for a language pack ("DISM Best Practices", "Scratch
// space"; Windows PE has 32 MB).
const Languages = 1 << 30

// Servicing estimates the bytes that a program needs for temporary files while it adds payloads
// to an image: it unpacks them, and their content is compressed, too. For languages Microsoft
// gives a number.
func Servicing(payloads []string, languages bool) int64 {
	var sum int64
	for _, path := range payloads {
		sum += 2 * Size(path)
	}
	if languages {
		return max(sum, Languages)
	}
	return sum
}

// Made is what determines the size of an output, in bytes.
type Made struct {
	Source   int64 // the source's file, or all files of a split image
	Content  int64 // all files in the image, uncompressed; 0: unknown
	Files    int64 // number of files and folders
	Hives    int64 // the hives that are rewritten if something in them changes
	Payloads int64
	Steps    int
	// Recompressed: the output has another compression than the source, so nothing is copied.
	Recompressed bool
}

const (
	perFile  = 1 << 10  // of the list of files, with long names and descriptors of their own
	perStep  = 1 << 9   // of the receipt, which is in UTF-16
	perTable = 512      // bytes of content for one of the table
	overhead = 64 << 10 // headers, tables and XML of a small file
)

// Most is an upper bound for the size of the output: content that does not compress is stored as
// it is, plus a table of chunk offsets with eight bytes for every 4096 bytes or more.
func (m Made) Most() int64 {
	anew := m.Hives + m.Payloads
	kept := m.Source
	if all := m.Content + m.Content/perTable + m.Files*perFile; m.Content > 0 && (m.Recompressed || all < kept) {
		kept = all
	}
	return kept + anew + anew/perTable + int64(m.Steps)*perStep + overhead
}

// Working is how many bytes a program that services images needs in the store: a working copy of
// the source, and what commits add to it.
func Working(source, payloads int64) int64 { return 2*source + payloads }

// Size returns the bytes of a file, or of everything in a folder. It ignores what can't be read,
// or disappears in the meantime.
func Size(path string) int64 {
	var sum int64
	_ = filepath.WalkDir(path, func(name string, e os.DirEntry, err error) error {
		if err != nil || !regular.Entry(name, e).Type().IsRegular() {
			return nil
		}
		if info, err := e.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}
