package volume

import (
	"fmt"
	"strings"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

func of(path string) (Volume, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return Volume{}, fmt.Errorf("file system of %s: %w", path, err)
	}
	mounts, err := mountinfo.GetMounts(mountinfo.ParentsFilter(path))
	if err != nil {
		return Volume{}, fmt.Errorf("file system of %s: %w", path, err)
	}
	m := nearest(mounts)
	if m == nil {
		return Volume{}, fmt.Errorf("file system of %s: it is on none that is mounted", path)
	}
	return Volume{
		Root: m.Mountpoint, ID: fmt.Sprintf("%d:%d", m.Major, m.Minor), Type: m.FSType, Source: m.Source,
		Remote: remote(m), RAM: memory(m), Free: int64(st.Bavail) * st.Frsize,
	}, nil
}

// nearest returns the mount that a path below all of them is on: the last of those with
// the longest mount point, which hides the ones before it.
func nearest(mounts []*mountinfo.Info) (best *mountinfo.Info) {
	for _, m := range mounts {
		if best == nil || len(m.Mountpoint) >= len(best.Mountpoint) {
			best = m
		}
	}
	return best
}

// networkTypes are file systems whose files are on another machine.
var networkTypes = map[string]bool{
	"nfs": true, "nfs4": true, "cifs": true, "smb3": true, "smbfs": true, "ncpfs": true, "afs": true, "coda": true,
	"9p": true, "ceph": true, "lustre": true, "glusterfs": true, "beegfs": true, "davfs": true, "afpfs": true, "webdav": true,
	"fuse.sshfs": true, "fuse.davfs": true, "fuse.davfs2": true, "fuse.glusterfs": true, "fuse.ceph": true, "fuse.rclone": true,
	"fuse.s3fs": true, "fuse.gcsfuse": true, "fuse.smbnetfs": true, "fuse.curlftpfs": true, "fuse.gvfsd-fuse": true, "fuse.juicefs": true,
}

// remote tells whether a mount is of a network file system. The drives of Windows
// as its subsystem for Linux shows them come over 9P from the same machine.
func remote(m *mountinfo.Info) bool {
	return networkTypes[m.FSType] && !strings.Contains(m.VFSOptions, "aname=drvfs") && m.Source != "drvfs"
}

func memory(m *mountinfo.Info) bool { return m.FSType == "tmpfs" || m.FSType == "ramfs" }
