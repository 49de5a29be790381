package offline

import (
	"os"
	"path/filepath"
	"strings"
)

// wimlibMount is the type of the file system of a WIM file that wimlib has mounted.
const wimlibMount = "fuse.wimfs"

// fileSystem returns the type of the file system that is mounted at a folder; empty if
// none is, or that can't be told (proc(5), /proc/pid/mountinfo).
func fileSystem(dir string) string {
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return ""
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	escaped := strings.NewReplacer(`\`, `\134`, " ", `\040`, "\t", `\011`, "\n", `\012`).Replace(dir)
	found := ""
	for line := range strings.Lines(string(mounts)) {
		mount, about, ok := strings.Cut(line, " - ")
		fields := strings.Fields(mount)
		if ok && len(fields) > 4 && fields[4] == escaped {
			found, _, _ = strings.Cut(about, " ") // the last one hides those before it
		}
	}
	return found
}
