package dismemu_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/internal/testenv"
)

// bench is a machine with an image and a folder to mount it in.
type bench struct {
	*testing.T
	m          *dismemu.Machine
	image, dir string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	root := t.TempDir()
	b := &bench{T: t, m: &dismemu.Machine{State: filepath.Join(root, "state")}, image: filepath.Join(root, "install.wim"), dir: filepath.Join(root, "mount")}
	if err := sample.Write(t.Context(), b.image, sample.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(b.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return b
}

// dism runs a command and expects its exit code.
func (b *bench) dism(want uint32, args ...string) *transcript.Transcript {
	b.Helper()
	var out bytes.Buffer
	got := b.m.Run(b.Context(), append([]string{"/English"}, args...), &out)
	if got != want {
		b.Errorf("dism %s: exit code %#x, want %#x\n%s", strings.Join(args, " "), got, want, out.String())
	}
	t := transcript.Parse(out.Bytes())
	if done := want == 0 || want == 3010; done != t.Done || !done && (t.Failure == nil || t.Failure.Code != want) {
		b.Errorf("dism %s: the output does not say what the exit code %#x says:\n%s", strings.Join(args, " "), want, out.String())
	}
	return t
}

// clock is the time of what the test itself changes.
func (b *bench) clock() time.Time { return time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC) }

func (b *bench) mount() {
	b.Helper()
	b.dism(0, "/Mount-Image", "/ImageFile:"+b.image, "/Index:1", "/MountDir:"+b.dir)
}

func (b *bench) write(name, content string) {
	b.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		b.Fatal(err)
	}
}

func TestMountCommitUnmount(t *testing.T) {
	b := newBench(t)
	before := imageOf(t, b.image)
	b.mount()
	if got := b.dism(0, "/Get-MountedImageInfo").With("Mount Dir"); len(got) != 1 || got[0].Get("Status") != "Ok" || got[0].Get("Mounted Read/Write") != "Yes" {
		t.Errorf("mounted: %v", got)
	}
	b.write("New Folder/ü.txt", "new")
	b.write("Windows/System32/drivers/etc/hosts", "127.0.0.1 x\r\n")
	if err := os.Remove(filepath.Join(b.dir, "Windows/win.ini")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	b.dism(0, "/Commit-Image", "/MountDir:"+b.dir)
	b.write("later.txt", "discarded")
	b.dism(0, "/Unmount-Image", "/MountDir:"+b.dir, "/Discard")
	if left, _ := os.ReadDir(b.dir); len(left) > 0 {
		t.Errorf("the folder still holds %v", left)
	}

	after := imageOf(t, b.image)
	if data, err := after.ReadFile("New Folder/ü.txt"); err != nil || string(data) != "new" {
		t.Errorf("%q, %v", data, err)
	}
	if after.Lookup("later.txt") != nil || after.Lookup("Windows/win.ini") != nil {
		t.Error("what was discarded or removed is there")
	}
	// What no one touched has everything a folder on disk does not keep.
	for name, node := range before.Root.All() {
		now := after.Lookup(name)
		if now == nil {
			if !strings.EqualFold(name, `Windows\win.ini`) {
				t.Errorf("%s is gone", name)
			}
			continue
		}
		if now.Attributes != node.Attributes || now.Created != node.Created || !bytes.Equal(now.Security, node.Security) || now.HardLink != 0 != (node.HardLink != 0) {
			t.Errorf("%s has another description", name)
		}
	}
	if out, err := exec.Command(testenv.Tool(t, "wimlib-imagex"), "verify", b.image).CombinedOutput(); err != nil {
		t.Errorf("wimlib-imagex: %v\n%s", err, out)
	}
}

func imageOf(t *testing.T, name string) *wim.Image {
	t.Helper()
	f, err := wim.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	img, err := f.Image(1)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestRefusals(t *testing.T) {
	b := newBench(t)
	empty := t.TempDir()
	mount := func(args ...string) []string {
		return append([]string{"/Mount-Image", "/MountDir:" + empty}, args...)
	}
	b.dism(87, "/Mount-Imagee")
	b.dism(87, "/Get-ImageInfo", "/ImageFile:"+b.image, "/Bogus")
	b.dism(87, "word")
	b.dism(87, "/Mount-Image", "/Commit-Image", "/ImageFile:"+b.image)
	b.dism(2, mount("/ImageFile:"+b.image+".none", "/Index:1")...)
	b.dism(0xc1510113, mount("/ImageFile:"+b.image, "/Index:7")...)
	b.dism(3, "/Mount-Image", "/ImageFile:"+b.image, "/Index:1", "/MountDir:"+b.dir+".none")
	b.dism(0xc1420114, "/Mount-Image", "/ImageFile:"+b.image, "/Index:1", "/MountDir:"+filepath.Dir(b.image))
	b.dism(0xc142010b, "/Commit-Image", "/MountDir:"+empty)
	b.mount()
	b.dism(0xc1420127, mount("/ImageFile:"+b.image, "/Index:1")...)
	b.dism(87, "/Unmount-Image", "/MountDir:"+b.dir)
	if err := os.Truncate(b.image, 5); err != nil {
		t.Fatal(err)
	}
	b.dism(0xc1420122, "/Commit-Image", "/MountDir:"+b.dir)
	if err := os.Remove(b.image); err != nil {
		t.Fatal(err)
	}
	if got := b.dism(0, "/Get-MountedImageInfo").Get("Status"); got != "Invalid" {
		t.Errorf("status %s", got)
	}
	b.dism(0, "/Cleanup-Mountpoints")
	if got := b.dism(0, "/Get-MountedImageInfo"); !got.Says("No mounted images were found.") {
		t.Errorf("%v", got)
	}
}

func TestReadOnly(t *testing.T) {
	b := newBench(t)
	b.dism(0, "/Mount-Image", "/ImageFile:"+b.image, "/Index:1", "/MountDir:"+b.dir, "/ReadOnly", "/Optimize")
	b.dism(0xc142010c, "/Commit-Image", "/MountDir:"+b.dir)
	b.dism(0, "/Unmount-Image", "/MountDir:"+b.dir, "/Discard")
}

func TestUnmountable(t *testing.T) {
	b := newBench(t)
	tool := testenv.Tool(t, "wimlib-imagex")
	esd := filepath.Join(t.TempDir(), "install.esd")
	swm := filepath.Join(t.TempDir(), "install.swm")
	for _, args := range [][]string{{"export", b.image, "1", esd, "--solid"}, {"split", b.image, swm, "1"}} {
		if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	b.dism(0xc142013c, "/Mount-Image", "/ImageFile:"+esd, "/Index:1", "/MountDir:"+b.dir)
	if parts, _ := filepath.Glob(filepath.Join(filepath.Dir(swm), "*.swm")); len(parts) > 1 {
		b.dism(0xc1420130, "/Mount-Image", "/ImageFile:"+swm, "/Index:1", "/MountDir:"+b.dir)
	}
}

func TestImageInfo(t *testing.T) {
	b := newBench(t)
	one := b.dism(0, "/Get-ImageInfo", "/ImageFile:"+b.image, "/index:1").With("Architecture")
	if len(one) != 1 || one[0].Get("Architecture") != "x64" || one[0].Get("Edition") == "" {
		t.Fatalf("%+v", one)
	}
	if last := one[0][len(one[0])-1]; last.Name != "Languages" || len(last.More) == 0 || !strings.HasSuffix(last.More[0], " (Default)") {
		t.Errorf("%+v", last)
	}
}

func TestFaults(t *testing.T) {
	b := newBench(t)
	b.m.Fault = "2:code=0x800f0922, Unmount-Image@1:open,Commit-Image@2:full"
	b.mount()
	b.dism(0x800f0922, "/Get-MountedImageInfo")
	b.dism(0, "/Get-MountedImageInfo")
	b.dism(0, "/Commit-Image", "/MountDir:"+b.dir)
	b.dism(112, "/Commit-Image", "/MountDir:"+b.dir)
	b.dism(0xc1420117, "/Unmount-Image", "/MountDir:"+b.dir, "/Discard")
	b.dism(0, "/Unmount-Image", "/MountDir:"+b.dir, "/Discard")
	for _, s := range []string{"", "x", "0:die", "1:code", "1:die=3", "1:bogus", "a@b:die", "1:code=x"} {
		if f, err := dismemu.ParseFault(s); err == nil {
			t.Errorf("%q is read as %+v", s, f)
		}
	}
}

func TestLog(t *testing.T) {
	b := newBench(t)
	log := filepath.Join(t.TempDir(), "own.log")
	b.dism(0, "/Get-MountedImageInfo", "/LogPath:"+log)
	got := b.dism(87, "/Bogus", "/LogPath:"+log)
	if got.Failure.Log != log {
		t.Errorf("the error names %q", got.Failure.Log)
	}
	data, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(data), "/Get-MountedImageInfo") || !strings.Contains(string(data), "0x00000057") {
		t.Errorf("%s%v", data, err)
	}
	if err := os.WriteFile(log, make([]byte, 21<<20), 0o666); err != nil {
		t.Fatal(err)
	}
	b.dism(0, "/Get-MountedImageInfo", "/LogPath:"+log)
	if st, err := os.Stat(log + ".bak"); err != nil || st.Size() != 21<<20 {
		t.Errorf("not rotated: %v", err)
	}
}

// TestBars compares the bars with captured ones.
func TestBars(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(testenv.Shared(t, "dism-outputs"), "progress-bars.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		_, rest, ok := strings.Cut(strings.TrimLeft(line, "[= "), "%")
		if !ok {
			continue
		}
		number := strings.TrimSuffix(strings.TrimLeft(line, "[= "), "%"+rest)
		percent, err := strconv.ParseFloat(number, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := dismemu.Bar(percent); strings.TrimRight(got, " ") != strings.TrimRight(line, " ") {
			t.Errorf("%q, want %q", got, line)
		}
	}
}

// TestLongPaths mounts no image below a path with which those of its files get too long.
func TestLongPaths(t *testing.T) {
	b := newBench(t)
	mount := func(want uint32, dir string) {
		t.Helper()
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		args := []string{"/Mount-Image", "/ImageFile:" + b.image, "/Index:1", "/MountDir:" + dir}
		b.dism(want, args...)
		if left, err := os.ReadDir(dir); want != 0 && (len(left) > 0 || err != nil) {
			t.Errorf("it leaves %v, %v", left, err)
		}
	}
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 100), strings.Repeat("y", 60))
	mount(206, long)
	mount(0, b.dir)
}
