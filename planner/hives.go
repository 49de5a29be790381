package planner

import (
	"io/fs"

	"github.com/gildhq/gild/image"
)

// components is the hive that only Windows' own servicing changes.
const components = "COMPONENTS"

// hiveBytes is the size of the hives that resources change; 0 if the image gives no
// access to its files.
func hiveBytes(s image.Session) int64 {
	files, ok := image.As[image.Files](s)
	if !ok {
		return 0
	}
	var sum int64
	for _, h := range image.Hives() {
		if info, err := fs.Stat(files, h.File); err == nil && h.Name != components {
			sum += info.Size()
		}
	}
	return sum
}
