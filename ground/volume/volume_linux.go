package volume

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

func of(path string) (Volume, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return Volume{}, fmt.Errorf("file system of %s: %w", path, err)
	}
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return Volume{}, fmt.Errorf("file system of %s: %w", path, err)
	}
	m, found := mountOf(parseMounts(string(text)), path)
	if !found {
		return Volume{}, fmt.Errorf("file system of %s: it is on none that is mounted", path)
	}
	return Volume{
		Root: m.point, ID: m.device, Type: m.kind, Source: m.source,
		Remote: m.remote(), RAM: m.memory(), Free: int64(st.Bavail) * st.Frsize,
	}, nil
}
