package wim

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/gildhq/gild/internal/testenv"
)

func hashOf(b []byte) Hash {
	if len(b) == 0 {
		return Hash{}
	}
	return sha1.Sum(b)
}

func TestReadWhatWimlibWrites(t *testing.T) {
	dir := sampleDir(t)
	for _, format := range allFormats {
		t.Run(format.String(), func(t *testing.T) {
			f := mustOpen(t, wimlibCapture(t, dir, format, "--check"))
			if h := f.Header(); h.Compression != format.compression || h.ChunkSize != format.chunk {
				t.Errorf("header says %s, %d", h.Compression, h.ChunkSize)
			}
			image := mustImage(t, f, 1)
			sameTree(t, image, os.DirFS(dir))
			must(t, f.Verify(context.Background()))
			must(t, f.VerifyIntegrity(context.Background()))
			links := map[uint64]int{}
			for _, n := range image.Root.All() {
				links[n.HardLink]++
			}
			if id := image.Lookup(`Third Name`).HardLink; id == 0 || links[id] != 3 {
				t.Errorf("hard link group %d has %d names, want 3", id, links[id])
			}
			counted := image.Info
			counted.Count(image.Root)
			if counted.TotalBytes != image.Info.TotalBytes || counted.HardLinkBytes != image.Info.HardLinkBytes ||
				counted.DirCount != image.Info.DirCount || counted.FileCount != image.Info.FileCount {
				t.Errorf("we count %+v, wimlib %+v", counted, image.Info)
			}
		})
	}
}

func TestFileSystem(t *testing.T) {
	dir := sampleDir(t)
	must(t, os.RemoveAll(filepath.Join(dir, "Windows", "big noise")))
	must(t, os.RemoveAll(filepath.Join(dir, "Windows", "same as SOFTWARE")))
	image := mustImage(t, mustOpen(t, wimlibCapture(t, dir, format{XPRESS, 1 << 12})), 1)
	if err := fstest.TestFS(image, "Users/Case", "Users/case", "Windows/System32/config/SOFTWARE", "empty dir/nested"); err != nil {
		t.Error(err)
	}
}

func TestLookup(t *testing.T) {
	image := mustImage(t, mustOpen(t, wimlibCapture(t, sampleDir(t), format{})), 1)
	for path, want := range map[string]string{
		`WINDOWS\system32/KERNEL32.DLL`: "kernel32.dll",
		`\users\jÜRGEN`:                 "Jürgen",
		"users/Case":                    "Case",
		"users/case":                    "case",
		"users/CASE":                    "Case",
		"":                              "",
		`\`:                             "",
	} {
		if n := image.Lookup(path); n == nil || n.Name != want {
			t.Errorf("%q finds %v, want %q", path, n, want)
		}
	}
	for _, path := range []string{"nothing", "Users/Case/below", "Users/..", "Userſ"} {
		if n := image.Lookup(path); n != nil {
			t.Errorf("%q finds %q", path, n.Name)
		}
	}
}

func TestRandomAccess(t *testing.T) {
	content := prose(700_017, 1)
	for _, format := range formats {
		f := mustOpen(t, wimlibCapture(t, sampleDir(t), format))
		r, err := f.OpenBlob(hashOf(content))
		must(t, err)
		buffer := make([]byte, 200_000)
		for _, off := range []int{690_000, 0, 32767, 32768, 1 << 19, 4095, len(content) - 1} {
			n, err := r.ReadAt(buffer, int64(off))
			if !bytes.Equal(buffer[:n], content[off:min(off+len(buffer), len(content))]) {
				t.Errorf("%v: wrong content at %d", format, off)
			}
			if (err == io.EOF) != (off+len(buffer) > len(content)) {
				t.Errorf("%v: at %d: %v", format, off, err)
			}
		}
		if _, err := r.Seek(-7, io.SeekEnd); err != nil {
			t.Error(err)
		}
		if rest, err := io.ReadAll(r); err != nil || !bytes.Equal(rest, content[len(content)-7:]) {
			t.Errorf("%v: after seek: %q, %v", format, rest, err)
		}
		must(t, r.Close())
	}
}

func TestOddFiles(t *testing.T) {
	ctx := context.Background()
	t.Run("wrong hash", func(t *testing.T) {
		f := mustOpen(t, testenv.Shared(t, "wim/corrupted_file_1.wim"))
		_, err := mustImage(t, f, 1).ReadFile("file")
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "22596363b3de40b06f981fb85d82312e8c0ed511") {
			t.Errorf("reading gives %v", err)
		}
		if err := f.Verify(ctx); !errors.Is(err, ErrCorrupt) {
			t.Errorf("Verify gives %v", err)
		}
		if err := f.VerifyIntegrity(ctx); !errors.Is(err, ErrNoIntegrityTable) {
			t.Errorf("VerifyIntegrity gives %v", err)
		}
	})
	t.Run("dot dot", func(t *testing.T) {
		_, err := mustOpen(t, testenv.Shared(t, "wim/dotdot.wim")).Image(1)
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), `".."`) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("empty DACL", func(t *testing.T) {
		f := mustOpen(t, testenv.Shared(t, "wim/empty_dacl.wim"))
		must(t, f.Verify(ctx))
		if n := mustImage(t, f, 1).Lookup("file"); len(n.Security) != 56 || n.Size() != 2 {
			t.Errorf("got %+v", n)
		}
	})
	t.Run("attributes in tagged items", func(t *testing.T) {
		n := mustImage(t, mustOpen(t, testenv.Shared(t, "wim/linux_xattrs_old.wim")), 1).Lookup("file")
		if !bytes.Contains(n.Tagged, []byte("user.aaav")) {
			t.Errorf("tagged items %q", n.Tagged)
		}
	})
}

func TestRefused(t *testing.T) {
	dir := sampleDir(t)
	capture := func(args ...string) string {
		name := filepath.Join(t.TempDir(), "x.wim")
		testenv.Run(t, "wimlib-imagex", append([]string{"capture", dir, name}, args...)...)
		return name
	}
	split := capture("--compress=none")
	testenv.Run(t, "wimlib-imagex", "split", split, filepath.Join(filepath.Dir(split), "part.swm"), "1")
	short := filepath.Join(t.TempDir(), "short.wim")
	b, err := os.ReadFile(split)
	must(t, err)
	must(t, os.WriteFile(short, b[:len(b)/2], 0o644))
	for name, want := range map[string]string{
		capture("--solid"):         "solid (ESD) resources can't be read yet: export it with dism /Export-Image /Compress:max or wimlib-imagex export --compress=LZX",
		capture("--compress=LZMS"): "chunks are compressed with LZMS, which can't be read yet: export it with dism /Export-Image /Compress:max or wimlib-imagex export --compress=LZX",
		capture("--pipable"):       "--not-pipable",
		short:                      "cut short",
		"oracle_test.go":           "not a WIM file",
		t.TempDir():                "not a regular file",
		filepath.Join(filepath.Dir(split), "part2.swm"): "name the first part",
	} {
		f, err := Open(name)
		if err == nil {
			f.Close()
			t.Errorf("%s opens", name)
			continue
		}
		if text := err.Error(); !strings.Contains(text, want) || !strings.HasPrefix(text, name) {
			t.Errorf("%s: got %v, want %q in it", name, err, want)
		}
	}
}

// TestConcurrentReads reads one blob through one Reader and many, at once.
func TestConcurrentReads(t *testing.T) {
	content := prose(700_017, 1)
	f := mustOpen(t, wimlibCapture(t, sampleDir(t), format{LZX, 1 << 15}))
	shared, err := f.OpenBlob(hashOf(content))
	must(t, err)
	defer shared.Close()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			part := make([]byte, 300_000)
			off := i * 50_000
			if _, err := shared.ReadAt(part, int64(off)); err != nil || !bytes.Equal(part, content[off:off+len(part)]) {
				t.Errorf("shared reader at %d: %v", off, err)
			}
			r, err := f.OpenBlob(hashOf(content))
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
				t.Errorf("own reader: %v", err)
			}
		})
	}
	group.Wait()
}
