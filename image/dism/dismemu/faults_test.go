package dismemu_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/image/dism/fault"
)

// killed runs a command that is to be killed: it says nothing of its end.
func (b *bench) killed(args ...string) {
	b.Helper()
	var out bytes.Buffer
	if got := b.m.Run(b.Context(), args, &out); got != 1 {
		b.Errorf("dism %s: exit code %#x", strings.Join(args, " "), got)
	}
	if t := transcript.Parse(out.Bytes()); t.Done || t.Failure != nil {
		b.Errorf("dism %s: the process that was killed goes on to say:\n%s", strings.Join(args, " "), out.String())
	}
}

// unload unloads the hives that a DISM has left loaded that was killed: all of those of the
// image.
func (b *bench) unload() {
	b.Helper()
	loaded, err := b.m.LoadedHives()
	if err != nil {
		b.Fatal(err)
	}
	for key, file := range loaded {
		if !strings.HasPrefix(file, b.dir) || !strings.HasPrefix(key, `HKLM\{bf1a281b-ad7b-4476-ac95-f47682990ce7}`) {
			b.Errorf("%s is loaded at %s", file, key)
		}
		if err := b.m.UnloadHive(key); err != nil {
			b.Error(err)
		}
	}
	if len(loaded) < 4 {
		b.Errorf("loaded are only %v", loaded)
	}
}

func (b *bench) status() string {
	b.Helper()
	return b.dism(0, "/Get-MountedImageInfo").Get("Status")
}

// failing makes a command fail in its next run.
func (b *bench) failing(command, kind string) {
	b.Helper()
	if err := os.RemoveAll(filepath.Join(b.m.State, "runs.json")); err != nil {
		b.Fatal(err)
	}
	b.m.Fault = command + "@1:" + kind
}

func TestKilled(t *testing.T) {
	b := newBench(t)
	mount := []string{"/Mount-Image", "/ImageFile:" + b.image, "/Index:1", "/MountDir:" + b.dir}

	b.failing("Mount-Image", "die")
	b.killed(mount...)
	if left, err := os.ReadDir(b.dir); err != nil || len(left) == 0 || b.status() != "Invalid" {
		t.Errorf("half a mount leaves %v, %v, status %s", left, err, b.status())
	}
	b.dism(0xc1510115, "/Image:"+b.dir, "/Get-Packages")
	b.dism(0, "/Cleanup-Mountpoints")
	b.dism(0, mount...)

	// Half a commit: the file is not what it was, and nothing of the changes is in it.
	b.write("new.txt", "x")
	b.failing("Commit-Image", "die")
	b.killed("/Commit-Image", "/MountDir:"+b.dir)
	if b.status() != "Needs Remount" || imageOf(t, b.image).Lookup("new.txt") != nil {
		t.Errorf("after half a commit: %s", b.status())
	}
	b.dism(0xc1510114, "/Image:"+b.dir, "/Get-Packages")
	b.dism(0, "/Remount-Image", "/MountDir:"+b.dir)
	b.dism(0, "/Commit-Image", "/MountDir:"+b.dir)
	if imageOf(t, b.image).Lookup("new.txt") == nil {
		t.Error("the second commit has not brought it in")
	}

	// Half an unmount: the folder is a part of the image.
	b.failing("Unmount-Image", "open")
	b.dism(0xc1420117, "/Unmount-Image", "/MountDir:"+b.dir, "/Discard")
	if b.status() != "Invalid" {
		t.Errorf("after an unmount with open files: %s", b.status())
	}
	b.failing("Unmount-Image", "die")
	b.killed("/Unmount-Image", "/MountDir:"+b.dir, "/Discard")
	b.dism(0xc1420113, mount...)
	b.dism(0, "/Unmount-Image", "/MountDir:"+b.dir, "/Discard")
	b.dism(0, mount...)
}

// TestServicingKilled leaves files written and hives not.
func TestServicingKilled(t *testing.T) {
	b := newBench(t)
	b.mount()
	p := pkg{identity: "Package_for_KB10" + token + "~26100.1.1.1", release: "Update"}
	for _, kind := range []string{"die", "full"} {
		b.failing("Add-Package", kind)
		args := []string{"/Image:" + b.dir, "/Add-Package", "/PackagePath:" + b.cabinet("a.cab", p)}
		if kind == "die" {
			b.killed(args...)
			b.unload()
		} else {
			b.dism(112, args...)
		}
		if _, err := os.Stat(filepath.Join(b.dir, "Windows/servicing/Packages", p.identity+".mum")); err != nil {
			t.Error("nothing was done", err)
		}
		b.wantState("not listed", "/Get-Packages", "Package Identity", p.identity)
	}
	b.failing("Add-Package", "half=0x800f0922")
	b.dism(0x800f0922, "/Image:"+b.dir, "/Add-Package", "/PackagePath:"+b.cabinet("a.cab", p))
	b.wantState("Installed", "/Get-Packages", "Package Identity", p.identity)
}

// watch tells when something is printed.
type watch struct {
	text, words string
	seen        chan struct{}
}

func (w *watch) Write(p []byte) (int, error) {
	before := strings.Contains(w.text, w.words)
	w.text += string(p)
	if !before && strings.Contains(w.text, w.words) {
		close(w.seen)
	}
	return len(p), nil
}

// TestHang never ends by itself, and keeps the image for itself meanwhile.
func TestHang(t *testing.T) {
	b := newBench(t)
	b.mount()
	b.failing("Enable-Feature", "hang")
	ctx, kill := context.WithCancel(t.Context())
	ended := make(chan uint32)
	feature := []string{"/Image:" + b.dir, "/Enable-Feature", "/FeatureName:TelnetClient"}
	at := &watch{words: "12.3%", seen: make(chan struct{})}
	go func() { ended <- b.m.Run(ctx, feature, at) }()
	other := &dismemu.Machine{State: b.m.State}
	busy := func() bool {
		return other.Run(t.Context(), []string{"/Image:" + b.dir, "/Get-CurrentEdition"}, &bytes.Buffer{}) == 0xc15101fd
	}
	select {
	case code := <-ended:
		t.Fatalf("it ended: %#x", code)
	case <-at.seen:
	}
	time.Sleep(50 * time.Millisecond)
	if !busy() {
		t.Error("it does not hang")
	}
	if got := other.Run(t.Context(), []string{"/Commit-Image", "/MountDir:" + b.dir}, &bytes.Buffer{}); got != 0xc15101fd {
		t.Errorf("a commit meanwhile: %#x", got)
	}
	kill()
	if code := <-ended; code != 1 {
		t.Errorf("killed: %#x", code)
	}
	b.m.Fault = ""
	b.unload()
	b.wantState("Disabled", "/Get-Features", "Feature Name", "TelnetClient")
	b.dism(0, feature...)
}

// TestEveryCode is told to fail with every code that is known.
func TestEveryCode(t *testing.T) {
	b := newBench(t)
	known := 0
	for _, r := range [][2]uint32{{1, 2000}, {0x80070000, 0x800707ff}, {0x80073700, 0x80073fff}, {0x800f0200, 0x800f09ff}, {0xc0040000, 0xc00400ff}, {0xc1420000, 0xc14201ff}, {0xc1510000, 0xc15102ff}} {
		for code := r[0]; code <= r[1]; code++ {
			if strings.HasSuffix(fault.Of(code).Meaning, "no entry here") {
				continue
			}
			known++
			b.failing("Get-MountedImageInfo", fmt.Sprintf("code=%#x", code))
			if got := b.dism(code, "/Get-MountedImageInfo"); len(got.Failure.Message) == 0 {
				t.Errorf("%#x has no message", code)
			}
		}
	}
	if known < 100 {
		t.Errorf("only %d codes are known", known)
	}
}

func TestReadOnlyMount(t *testing.T) {
	b := newBench(t)
	b.dism(0, "/Mount-Image", "/ImageFile:"+b.image, "/Index:1", "/MountDir:"+b.dir, "/ReadOnly")
	image := "/Image:" + b.dir
	b.dism(5, image, "/Enable-Feature", "/FeatureName:TelnetClient")
	b.dism(5, image, "/Cleanup-Image", "/StartComponentCleanup")
	b.dism(0, image, "/Get-Features")
	b.dism(0, image, "/Cleanup-Image", "/CheckHealth")
	b.damage()
	if got := b.dism(0, image, "/Cleanup-Image", "/ScanHealth"); !got.Says("The component store is repairable.") {
		t.Errorf("%v", got.Text)
	}
	if got := b.dism(0, image, "/Cleanup-Image", "/CheckHealth"); !got.Says("No component store corruption detected.") {
		t.Errorf("%v", got.Text)
	}
	b.dism(0, "/Unmount-Image", "/MountDir:"+b.dir, "/Discard")
}
