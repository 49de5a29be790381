package lock

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Private is the place of a path next to which no lock can be created. Its lock only covers runs
// of one user on one machine.
func Private(path string) Place {
	key := path
	if runtime.GOOS == "windows" {
		key = strings.ToLower(key)
	}
	sum := sha256.Sum256([]byte(key))
	return Place{Path: path, File: filepath.Join(os.TempDir(), fmt.Sprintf("gild-%x.lock", sum[:8])), Local: true}
}
