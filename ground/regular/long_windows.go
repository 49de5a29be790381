package regular

import (
	"path/filepath"
	"strings"
)

// Long returns an absolute path for calls that are not package os's. Without the prefix
// that it has on Windows some of them end at 260 characters ("Maximum Path Length
// Limitation").
func Long(path string) (string, error) {
	path, err := filepath.Abs(path)
	switch {
	case err != nil || strings.HasPrefix(path, `\\?\`):
	case strings.HasPrefix(path, `\\`):
		path = `\\?\UNC\` + path[2:]
	default:
		path = `\\?\` + path
	}
	return path, err
}
