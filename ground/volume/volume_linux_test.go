package volume

import (
	"strings"
	"testing"

	"github.com/moby/sys/mountinfo"
)

const table = `27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:50 / /mnt/payloads\040of\040IT rw,relatime shared:20 master:3 - cifs //server/it$ rw,vers=3.1.1
41 27 0:51 / /mnt rw - tmpfs tmpfs rw
42 27 0:52 / /home/nfs rw - nfs4 server:/export rw
43 27 0:53 / /mnt/c rw - 9p drvfs rw,aname=drvfs;path=C:\
44 27 0:54 / /srv/9p rw - 9p share rw,trans=virtio
45 27 0:55 / /home/x rw - fuse.sshfs me@server:/ rw
46 27 0:56 / /home/nfs rw - ext4 /dev/vdb rw
`

func TestMounts(t *testing.T) {
	for path, want := range map[string]struct {
		point       string
		remote, ram bool
	}{
		"/etc/x":                      {"/", false, false},
		"/mnt/payloads of IT/kb.msu":  {"/mnt/payloads of IT", true, false},
		"/mnt/payloads of IT":         {"/mnt/payloads of IT", true, false},
		"/mnt/payloads of IT 2/x.msu": {"/mnt", false, true},
		"/mnt/c/Users/x":              {"/mnt/c", false, false},
		"/srv/9p/x":                   {"/srv/9p", true, false},
		"/home/x/y":                   {"/home/x", true, false},
		"/home/xy":                    {"/", false, false},
		"/home/nfs/hidden by another": {"/home/nfs", false, false},
	} {
		mounts, err := mountinfo.GetMountsFromReader(strings.NewReader(table), mountinfo.ParentsFilter(path))
		if err != nil {
			t.Fatal(err)
		}
		if m := nearest(mounts); m.Mountpoint != want.point || remote(m) != want.remote || memory(m) != want.ram {
			t.Errorf("%s: %+v, remote %v", path, m, remote(m))
		}
	}
	if m := nearest(nil); m != nil {
		t.Errorf("a mount where there is none: %v", m)
	}
}
