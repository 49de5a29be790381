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
