package volume

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func of(path string) (Volume, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return Volume{}, fmt.Errorf("file system of %s: %w", path, err)
	}
	return Volume{
		ID:     fmt.Sprint(st.Fsid.Val),
		Root:   unix.ByteSliceToString(st.Mntonname[:]),
		Type:   unix.ByteSliceToString(st.Fstypename[:]),
		Source: unix.ByteSliceToString(st.Mntfromname[:]),
		Remote: st.Flags&unix.MNT_LOCAL == 0,
		Free:   int64(st.Bavail) * int64(st.Bsize),
	}, nil
}
