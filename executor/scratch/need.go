package scratch

import (
	"os"
	"path/filepath"
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

// Output is the most that an output takes: what its source has, and the payloads.
func Output(source, payloads int64) int64 { return source + payloads }

// Working is what a program that services images needs in the store: a working copy of
// the source, and what commits add to it.
func Working(source, payloads int64) int64 { return 2*source + payloads }

// Size returns the bytes of a file, or of what is in a folder. What can't be read, or
// goes away meanwhile, has none.
func Size(path string) int64 {
	var sum int64
	_ = filepath.WalkDir(path, func(_ string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil
		}
		if info, err := e.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}
