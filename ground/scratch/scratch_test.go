package scratch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gildhq/gild/ground/volume"
)

const mib = 1 << 20

// TestMain lets the test be a second process: one that takes a folder, says which, and
// holds it until its input ends.
func TestMain(m *testing.M) {
	root := os.Getenv("GILD_SCRATCH_TEST")
	if root == "" {
		os.Exit(m.Run())
	}
	os.Exit(second(root))
}

func second(root string) int {
	free, _ := strconv.ParseInt(os.Getenv("GILD_SCRATCH_FREE"), 10, 64)
	p, err := Open(Options{Roots: []string{root}, Volume: func(string) (volume.Volume, error) {
		return volume.Volume{ID: "1", Type: "test", Free: free}, nil
	}})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	d, err := p.Take(context.Background(), Need{Bytes: 60 * mib, For: "image second"})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(d.Path)
	io.Copy(io.Discard, os.Stdin)
	if err := d.Close(); err != nil {
		return 1
	}
	return 0
}

// process starts the second process; said is the first line it says.
func process(t *testing.T, root string, free int64) (cmd *exec.Cmd, stdin io.Closer, said string) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "GILD_SCRATCH_TEST="+root, fmt.Sprintf("GILD_SCRATCH_FREE=%d", free))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	said, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, in, strings.TrimSpace(said)
}

// machine has volumes by the beginning of paths.
type machine map[string]volume.Volume

func (m machine) volume(path string) (volume.Volume, error) {
	for prefix, v := range m {
		if strings.HasPrefix(path, prefix) {
			return v, nil
		}
	}
	return volume.Volume{}, errors.New("there is no such drive")
}

func pool(t *testing.T, m machine, reserve int64, roots ...string) *Pool {
	t.Helper()
	p, err := Open(Options{Roots: roots, Reserve: reserve, Volume: m.volume})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustTake(t *testing.T, p *Pool, need Need) *Dir {
	t.Helper()
	d, err := p.Take(t.Context(), need)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func mustClose(t *testing.T, d *Dir) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Dir(d.Path)); err == nil {
		t.Error("the folder is left")
	}
}

func empty(t *testing.T, root string) {
	t.Helper()
	if left, err := os.ReadDir(root); err != nil || len(left) > 0 {
		t.Errorf("%s holds %v, %v", root, left, err)
	}
}

// TestDir: a folder is there, empty, and goes with all that is in it.
func TestDir(t *testing.T) {
	root := filepath.Join(t.TempDir(), "Ablage für Ünïcode 日本", "not there yet")
	p, err := Open(Options{Roots: []string{root}}) // on the volumes of this machine
	if err != nil {
		t.Fatal(err)
	}
	d := mustTake(t, p, Need{Bytes: mib, For: "image kiosk"})
	empty(t, d.Path)
	if !strings.HasPrefix(d.Path, root) {
		t.Errorf("it is %s", d.Path)
	}
	if err := os.MkdirAll(filepath.Join(d.Path, "a b", "ü"), 0o777); err != nil {
		t.Fatal(err)
	}
	mustClose(t, d)
	if err := d.Close(); err != nil {
		t.Error("closed again:", err)
	}
	empty(t, root)
}

// TestChoice: on disks that are here, away from a volume, where there is room.
func TestChoice(t *testing.T) {
	disk := func(id string, free int64) volume.Volume {
		return volume.Volume{ID: id, Type: "NTFS", Free: free * mib}
	}
	share, memory := disk("s", 900), disk("x", 500)
	share.Remote, memory.RAM = true, true
	for name, c := range map[string]struct {
		volumes []volume.Volume
		away    string
		reserve int64
		want    int
	}{
		"most room":            {[]volume.Volume{disk("1", 200), disk("2", 300)}, "", 0, 1},
		"first of equal ones":  {[]volume.Volume{disk("1", 200), disk("2", 200)}, "", 0, 0},
		"another volume":       {[]volume.Volume{disk("1", 300), disk("2", 200)}, "1", 0, 1},
		"the same volume":      {[]volume.Volume{disk("1", 300), disk("2", 50)}, "1", 0, 0},
		"no share":             {[]volume.Volume{share, disk("2", 200)}, "", 0, 1},
		"memory last":          {[]volume.Volume{memory, disk("1", 200)}, "1", 0, 1},
		"memory at last":       {[]volume.Volume{memory, disk("1", 50)}, "", 0, 0},
		"reserve":              {[]volume.Volume{disk("1", 300), disk("2", 250)}, "1", 220, -1},
		"nothing but a share":  {[]volume.Volume{share}, "", 0, -1},
		"nothing large enough": {[]volume.Volume{disk("1", 99), memory}, "", 450, -1},
	} {
		t.Run(name, func(t *testing.T) {
			roots := make([]Root, len(c.volumes))
			for i, v := range c.volumes {
				roots[i] = Root{Path: fmt.Sprintf("root%d", i), Volume: v}
			}
			got, err := Choose(roots, Need{Bytes: 100 * mib, For: "image kiosk"}, c.away, c.reserve*mib)
			if got != c.want || (err != nil) != (c.want < 0) || err != nil && !errors.Is(err, ErrNoRoom) {
				t.Errorf("got %d, %v", got, err)
			}
		})
	}
}

// TestRefusal names what is needed, what there is and where, and what to do.
func TestRefusal(t *testing.T) {
	dir := t.TempDir()
	d, e, share, file := filepath.Join(dir, "d"), filepath.Join(dir, "e"), filepath.Join(dir, "share"), filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	p := pool(t, machine{
		d:     {ID: "d", Type: "NTFS", Free: 5 << 30},
		e:     {ID: "e", Type: "NTFS", Free: 512 * mib, RAM: true},
		share: {ID: "s", Type: "cifs", Remote: true, Free: 1 << 40},
		file:  {ID: "f", Type: "NTFS", Free: 1 << 40},
	}, 1<<30, d, e, share, file, filepath.Join(dir, "none"))
	mustTake(t, p, Need{Bytes: 2 << 30, For: "image first"})
	_, err := p.Take(t.Context(), Need{Bytes: 6 << 30, For: "image kiosk"})
	if !errors.Is(err, ErrNoRoom) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		"image kiosk needs 6.0 GiB",
		d + " has 5.0 GiB free, of which 2.0 GiB are promised to others, and 1.0 GiB stay free",
		e + " has 512.0 MiB free in memory, and 1.0 GiB stay free",
		share + " is on a network share (cifs)",
		file + " can't be used: ",
		"none can't be used: there is no such drive",
		"in the block scratch",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %s", err, want)
		}
	}
}

// TestPromises: room is not given out twice, nor counted twice once it is used.
func TestPromises(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	disk := volume.Volume{ID: "1", Type: "ext4", Free: 100 * mib}
	m := machine{a: disk, b: disk} // two folders on one volume
	p := pool(t, m, 0, a, b)
	first := mustTake(t, p, Need{Bytes: 60 * mib, For: "image first"})
	if _, err := pool(t, m, 0, b, a).Take(t.Context(), Need{Bytes: 60 * mib, For: "image kiosk"}); !errors.Is(err, ErrNoRoom) {
		t.Errorf("the same room was given out twice: %v", err)
	}
	mustTake(t, p, Need{Bytes: 40 * mib, For: "image second"})
	// The first one has used what it was promised: the volume shows that itself.
	if err := os.WriteFile(filepath.Join(first.Path, "used"), make([]byte, 60*mib), 0o666); err != nil {
		t.Fatal(err)
	}
	disk.Free = 60 * mib
	m[a], m[b] = disk, disk
	mustTake(t, p, Need{Bytes: 20 * mib, For: "image third"})
}

// TestWaits: where others of this process will give room back, it is waited for.
func TestWaits(t *testing.T) {
	root := filepath.Join(t.TempDir(), "root")
	p := pool(t, machine{root: {ID: "1", Type: "ext4", Free: 100 * mib}}, 0, root)
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			d, err := p.Take(t.Context(), Need{Bytes: 60 * mib, For: fmt.Sprint("image ", i)})
			if err != nil {
				t.Error(err)
				return
			}
			all, err := promises(root)
			all = slices.DeleteFunc(all, func(p *promise) bool { // one that is being given back
				alive, err := p.alive()
				return err != nil || !alive
			})
			if err != nil || len(all) != 1 {
				t.Errorf("%d at once, %v", len(all), err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	empty(t, root)
	mustTake(t, p, Need{Bytes: 60 * mib, For: "image first"})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Take(ctx, Need{Bytes: 60 * mib, For: "image last"}); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrNoRoom) {
		t.Errorf("got %v", err)
	}
	if _, err := p.Take(t.Context(), Need{Bytes: 101 * mib, For: "image large"}); !errors.Is(err, ErrNoRoom) {
		t.Errorf("got %v", err)
	}
}

// TestProcesses: promises of another process count while it lives, and its folder goes
// when it was killed.
func TestProcesses(t *testing.T) {
	root := filepath.Join(t.TempDir(), "Ablage 1")
	m := machine{root: {ID: "1", Type: "test", Free: 100 * mib}}
	p := pool(t, m, 0, root)
	cmd, stdin, path := process(t, root, 100*mib)
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	_, err := p.Take(t.Context(), Need{Bytes: 60 * mib, For: "image kiosk"})
	if !errors.Is(err, ErrNoRoom) || !strings.Contains(err.Error(), "60.0 MiB are promised to others") {
		t.Fatalf("got %v", err)
	}
	if _, _, said := process(t, root, 100*mib); !strings.Contains(said, "promised to others") {
		t.Errorf("a third process says %s", said)
	}
	pool(t, m, 0, root)
	if _, err := os.Stat(path); err != nil {
		t.Error("the folder of one who lives was swept away")
	}
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	empty(t, root)

	cmd, _, path = process(t, root, 100*mib)
	if err := os.WriteFile(filepath.Join(path, "left"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	mustClose(t, mustTake(t, p, Need{Bytes: 60 * mib, For: "image kiosk"}))
	if _, err := os.Stat(path); err != nil {
		t.Error("what was left is gone before anybody has cleared it away")
	}
	pool(t, m, 0, root)
	empty(t, root)
}

// TestLeftInParts: a process was killed while it made or removed a folder.
func TestLeftInParts(t *testing.T) {
	root := t.TempDir()
	for name, files := range map[string][]string{"0-emptyy": nil, "104857600-locked": {"lock"}, "104857600-halfre": {"tmp/a", "lock"}} {
		dir := filepath.Join(root, folderPrefix+name)
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, f)), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, f), []byte("\x00{\"pid\":"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	// What is not gild's stays, although its name is much like one of gild's.
	theirs := []string{"gild-scratch-photos", "gild-scratch-2-photos/album.jpg", "of somebody else"}
	for _, keep := range theirs {
		if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(keep)), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	m := machine{root: {ID: "1", Type: "ext4", Free: 100 * mib}}
	mustClose(t, mustTake(t, pool(t, m, 0, root), Need{Bytes: 100 * mib, For: "image kiosk"}))
	left, err := os.ReadDir(root)
	if err != nil || len(left) != len(theirs) {
		t.Errorf("left are %v, %v", left, err)
	}
	for _, keep := range theirs {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(keep))); err != nil {
			t.Error(err)
		}
	}
}

// TestTiny asks the system itself: a disk in memory with 8 MiB.
func TestTiny(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("mounting a small volume takes Linux and root")
	}
	dir := filepath.Join(t.TempDir(), "tiny disk")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("mounting a small volume is not possible here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	p, err := Open(Options{Roots: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	first := mustTake(t, p, Need{Bytes: 5 * mib, For: "image first"})
	other, err := Open(Options{Roots: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = other.Take(t.Context(), Need{Bytes: 5 * mib, For: "image kiosk"})
	if !errors.Is(err, ErrNoRoom) || !strings.Contains(err.Error(), "free in memory, of which 5.0 MiB are promised") {
		t.Errorf("got %v", err)
	}
	mustClose(t, first)
	mustClose(t, mustTake(t, other, Need{Bytes: 5 * mib, For: "image kiosk"}))
	// Full to the last byte: that is an error, and nothing half-made is left.
	if err := fill(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
	d, err := other.Take(t.Context(), Need{For: "image kiosk"})
	if err == nil {
		err = d.Close()
	} else if errors.Is(err, ErrNoRoom) {
		err = nil // there is no room for the folder itself
	}
	if err = errors.Join(err, os.Remove(filepath.Join(dir, "filler"))); err != nil {
		t.Fatal(err)
	}
	empty(t, dir)
}

// fill writes until there is no room.
func fill(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	return f.Close()
}

func TestNoRoots(t *testing.T) {
	if _, err := Open(Options{}); err == nil {
		t.Error("a pool without roots was opened")
	}
}
