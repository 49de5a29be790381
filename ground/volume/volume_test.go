package volume

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

const mountinfo = `27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:50 / /mnt/payloads\040of\040IT rw,relatime shared:20 master:3 - cifs //server/it$ rw,vers=3.1.1
41 27 0:51 / /mnt rw - tmpfs tmpfs rw
42 27 0:52 / /home/nfs rw - nfs4 server:/export rw
43 27 0:53 / /mnt/c rw - 9p drvfs rw,aname=drvfs;path=C:\
44 27 0:54 / /srv/9p rw - 9p share rw,trans=virtio
45 27 0:55 / /home/x rw - fuse.sshfs me@server:/ rw
46 27 0:56 / /home/nfs rw - ext4 /dev/vdb rw
broken line
47 27
`

func TestMounts(t *testing.T) {
	mounts := parseMounts(mountinfo)
	if len(mounts) != 8 {
		t.Fatalf("%d mounts", len(mounts))
	}
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
		m, found := mountOf(mounts, path)
		if !found || m.point != want.point || m.remote() != want.remote || m.memory() != want.ram {
			t.Errorf("%s: %+v, remote %v", path, m, m.remote())
		}
	}
	if _, found := mountOf(nil, "/x"); found {
		t.Error("a mount where there is none")
	}
}

func TestUNC(t *testing.T) {
	for path, want := range map[string]bool{
		`\\server\share\x.msu`: true, `//server/share/x`: true, `\\?\UNC\server\share`: true, `\\?\unc\s\x`: true,
		`C:\x`: false, `\\?\C:\x`: false, `\\.\PhysicalDrive0`: false, `\x`: false, "x": false, "": false, `\\`: false,
	} {
		if UNC(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

func TestThisMachine(t *testing.T) {
	dir := t.TempDir()
	here, err := Of(dir)
	if err != nil {
		t.Fatal(err)
	}
	if here.Root == "" || here.ID == "" || here.Type == "" || here.Free <= 0 {
		t.Errorf("%+v", here)
	}
	later, err := Of(filepath.Join(dir, "not", "there yet"))
	later.Free = here.Free
	if err != nil || later != here {
		t.Errorf("below it %+v, %v, want %+v", later, err, here)
	}
	if runtime.GOOS != "linux" {
		return
	}
	if v, err := Of("/proc/self/status"); err != nil || v.Type != "proc" || v.Remote || v.RAM {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := os.Stat("/dev/shm"); err == nil {
		link := filepath.Join(dir, "link")
		if err := os.Symlink("/dev/shm", link); err != nil {
			t.Fatal(err)
		}
		if v, err := Of(filepath.Join(link, "x")); err != nil || !v.RAM || v.Type != "tmpfs" {
			t.Errorf("through a link: %+v, %v", v, err)
		}
	}
}
