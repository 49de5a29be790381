package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFullDisk fills the disk of the output, and that of the checkpoints. What is
// said names it, the output stays as it was, and when there is room the work goes on.
func TestFullDisk(t *testing.T) {
	emulated, err := exec.LookPath("dism")
	if err != nil {
		t.Fatal(err)
	}
	for _, backend := range []struct {
		name string
		env  []string
	}{{"offline", nil}, {"dism", []string{"GILD_DISM=" + emulated}}} {
		t.Run(backend.name, func(t *testing.T) {
			t.Parallel()
			b := newCrashBench(t, backend.env...)
			for _, test := range []struct{ folder, remedy string }{
				{"out", "set output to a file on another disk"},
				{".gild", "GILD_DATA_DIR"},
			} {
				t.Run(test.folder, func(t *testing.T) { b.fillDisk(t, test.folder, test.remedy) })
			}
		})
	}
}

// fillDisk has a folder on a disk that is almost full, and then makes room there.
func (b *crashBench) fillDisk(t *testing.T, folder, remedy string) {
	t.Helper()
	dir := b.copy(t)
	disk := filepath.Join(dir, folder)
	if err := os.MkdirAll(disk, 0o777); err != nil {
		t.Fatal(err)
	}
	kept := len(b.old)
	if folder != "out" {
		kept = 0
	}
	size := func(n int) string { return fmt.Sprintf("size=%d", n) }
	const little = 64 << 10
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, size(kept+little)); err != nil {
		t.Skipf("missing: the right to mount a small file system to be filled: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if kept > 0 {
		write(t, filepath.Join(disk, "kiosk.wim"), b.old)
	}
	out, err := b.program(t, dir).CombinedOutput()
	if err == nil {
		t.Fatalf("apply got along with %d bytes:\n%s", little, out)
	}
	said := strings.Join(strings.Fields(string(out)), " ")
	for _, want := range []string{disk, "free", remedy, "run apply again", "the output is as it was"} {
		if !strings.Contains(said, want) && !strings.Contains(said, strings.Replace(want, dir+"/", "", 1)) {
			t.Errorf("not said: %s\n%s", want, out)
		}
	}
	b.checkOutput(t, dir, "disk full", string(out))
	if err := unix.Mount("tmpfs", disk, "tmpfs", unix.MS_REMOUNT, size(256<<20)); err != nil {
		t.Fatal(err)
	}
	text, err := b.program(t, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("with room: %v\n%s", err, text)
	}
	if folder == "out" && !bytes.Contains(text, []byte("taken over from")) {
		t.Errorf("the checkpoints were not taken over:\n%s", text)
	}
	if got := readFile(t, filepath.Join(dir, "out/kiosk.wim")); !bytes.Equal(got, b.new) {
		t.Error("the output differs from that of an undisturbed run")
	}
}
