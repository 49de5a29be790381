package volume

import (
	"strconv"
	"strings"
)

// mount is a line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
type mount struct {
	device  string // major:minor
	point   string
	kind    string // type of the file system
	source  string
	options string // of the file system itself
}

// parseMounts reads a mountinfo file; it skips lines in another form.
func parseMounts(text string) []mount {
	var out []mount
	for line := range strings.Lines(text) {
		before, after, found := strings.Cut(strings.TrimSpace(line), " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !found || len(left) < 6 || len(right) < 2 {
			continue
		}
		m := mount{device: left[2], point: unescape(left[4]), kind: right[0], source: unescape(right[1])}
		if len(right) > 2 {
			m.options = right[2]
		}
		out = append(out, m)
	}
	return out
}

// mountOf returns the mount that a path without symbolic links is on: the last of
// those with the longest mount point, which hides the ones before it.
func mountOf(mounts []mount, path string) (mount, bool) {
	var best mount
	found := false
	for _, m := range mounts {
		if below(m.point, path) && (!found || len(m.point) >= len(best.point)) {
			best, found = m, true
		}
	}
	return best, found
}

func below(dir, path string) bool {
	return dir == "/" || path == dir || strings.HasPrefix(path, dir+"/")
}

// unescape decodes \040 and the like, which are blanks in names.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
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
func (m mount) remote() bool {
	return networkTypes[m.kind] && !strings.Contains(m.options, "aname=drvfs") && m.source != "drvfs"
}

func (m mount) memory() bool { return m.kind == "tmpfs" || m.kind == "ramfs" }
