package scratch

import (
	"os"
	"path/filepath"

	"github.com/gildhq/gild/ground/regular"
)

// Languages is the room that DISM needs for a language pack ("DISM Best Practices",
// "Scratch space"; Windows PE has 32 MB).
const Languages = 1 << 30

// Servicing estimates the bytes that a program needs for temporary files while it puts
// payloads into an image: they are unpacked, and what is in them is packed, too. For
// languages Microsoft gives a number.
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

// Made is what an output is made of, in bytes.
type Made struct {
	Source   int64 // the source's file, with all its parts
	Content  int64 // all files in the image, not compressed; 0: not known
	Files    int64 // how many files and folders that is
	Hives    int64 // the hives that are rewritten if something in them changes
	Payloads int64
	Steps    int
	// Recompressed: nothing is copied from the source as it is compressed there.
	Recompressed bool
}

const (
	perFile  = 1 << 10  // of the list of files, with long names and descriptors of their own
	perStep  = 1 << 9   // of the receipt, which is in UTF-16
	perTable = 512      // bytes of content for one of the table
	overhead = 64 << 10 // headers, tables and XML of a small file
)

// Most is an upper bound for the output: content that does not get smaller is stored as it
// is, plus a table of chunk offsets with eight bytes for each 4096 or more.
func (m Made) Most() int64 {
	anew := m.Hives + m.Payloads
	kept := m.Source
	if all := m.Content + m.Content/perTable + m.Files*perFile; m.Content > 0 && (m.Recompressed || all < kept) {
		kept = all
	}
	return kept + anew + anew/perTable + int64(m.Steps)*perStep + overhead
}

// Working is what a program that services images needs in the store: a working copy of
// the source, and what commits add to it.
func Working(source, payloads int64) int64 { return 2*source + payloads }

// Size returns the bytes of a file, or of what is in a folder. What can't be read, or
// goes away meanwhile, has none.
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
