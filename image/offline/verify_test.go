package offline_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/testenv"
)

// verify reads the content of an image and returns what is damaged.
func verify(t *testing.T, s image.Session, opts image.VerifyOptions) []image.Damage {
	t.Helper()
	v, ok := image.As[image.Verifier](s)
	if !ok {
		t.Fatal("no verifier")
	}
	damaged, err := v.Verify(t.Context(), opts)
	must(t, err)
	return damaged
}

func TestVerify(t *testing.T) {
	source := captured(t, "--compress=none")
	s := session(t, source, t.TempDir())
	write(t, s, "Windows/new.txt", "new content of an image that is open")
	var read, want atomic.Int64
	opts := image.VerifyOptions{Progress: func(_, total int64) { read.Add(1); want.Store(total) }}
	if damaged := verify(t, s, opts); len(damaged) > 0 || read.Load() == 0 || want.Load() == 0 {
		t.Errorf("damaged: %v; progress %d times, %d bytes", damaged, read.Load(), want.Load())
	}
	read.Store(0)
	if damaged := verify(t, s, opts); len(damaged) > 0 || read.Load() != 0 {
		t.Errorf("a second time %d reads, damaged: %v", read.Load(), damaged)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v, _ := image.As[image.Verifier](s)
	if _, err := v.Verify(ctx, image.VerifyOptions{Known: map[[20]byte]bool{}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestVerifyFindsDamage compares the reported damage with that of wimlib.
func TestVerifyFindsDamage(t *testing.T) {
	for _, compress := range []string{"none", "LZX", "XPRESS"} {
		t.Run(compress, func(t *testing.T) {
			dir := t.TempDir()
			tree, file := filepath.Join(dir, "tree"), filepath.Join(dir, "damaged.wim")
			must(t, os.MkdirAll(filepath.Join(tree, "Windows"), 0o777))
			text := bytes.Repeat([]byte("a text that is to be found in the file 0123456789 "), 3)
			must(t, os.WriteFile(filepath.Join(tree, "Windows", "text.txt"), text, 0o666))
			must(t, os.WriteFile(filepath.Join(tree, "Windows", "other.txt"), []byte("other"), 0o666))
			testenv.Run(t, "wimlib-imagex", "capture", tree, file, "Windows", "--compress="+compress)
			data, err := os.ReadFile(file)
			must(t, err)
			at := 208 + 20 // the first content comes after the header
			if i := bytes.Index(data, []byte("to be found")); i > 0 {
				at = i
			}
			data[at] ^= 0x55
			must(t, os.WriteFile(file, data, 0o666))
			s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: file}, image.OpenOptions{})
			must(t, err)
			defer s.Close()
			known := map[[20]byte]bool{}
			for range 2 { // damaged content does not count as known
				damaged := verify(t, s, image.VerifyOptions{Known: known})
				if len(damaged) != 1 || damaged[0].Err == nil {
					t.Fatalf("damaged: %v", damaged)
				}
				if name := damaged[0].Name; compress == "none" && name != "Windows/text.txt" || name == "" {
					t.Errorf("damaged is %s", name)
				}
			}
			if len(known) != 1 {
				t.Errorf("%d blobs count as known", len(known))
			}
		})
	}
}
