package lzx

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/formats/wim/internal/wimtest"
	"github.com/gildhq/gild/internal/testenv"
)

// roundTrip compresses and decompresses data in chunks and returns the size.
func roundTrip(t testing.TB, c *Compressor, d *Decompressor, data []byte) int {
	t.Helper()
	total := 0
	dst, back := make([]byte, c.chunkSize), make([]byte, c.chunkSize)
	for ; len(data) > 0; data = data[min(len(data), c.chunkSize):] {
		src := data[:min(len(data), c.chunkSize)]
		n, ok := c.Compress(dst[:len(src)], src)
		if !ok {
			total += len(src)
			continue
		}
		if n >= len(src) {
			t.Fatalf("%d bytes compressed to %d", len(src), n)
		}
		total += n
		if err := d.Decompress(back[:len(src)], dst[:n:n]); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back[:len(src)], src) {
			t.Fatal("the chunk changed")
		}
	}
	return total
}

func newPair(t testing.TB, size int, level Level) (*Compressor, *Decompressor) {
	t.Helper()
	c, err := NewCompressor(size, level)
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDecompressor(size)
	if err != nil {
		t.Fatal(err)
	}
	return c, d
}

func TestRoundTrip(t *testing.T) {
	for size := MinChunkSize; size <= MaxChunkSize; size *= 4 {
		c, d := newPair(t, size, Fast)
		for _, s := range wimtest.Samples(size + size/2 + 77) {
			t.Run(fmt.Sprint(s.Name, " ", size), func(t *testing.T) {
				n := roundTrip(t, c, d, s.Data)
				if s.Name == "zeros" && n > len(s.Data)/10 {
					t.Errorf("%d zeros compressed to %d bytes", len(s.Data), n)
				}
			})
		}
	}
}

func TestRoundTripSizes(t *testing.T) {
	c, d := newPair(t, MinChunkSize, Fast)
	for _, s := range wimtest.Samples(MinChunkSize) {
		for _, n := range []int{0, 1, 2, 3, 255, 256, 257, 258, 300, 1000, 4000, 4094, 4095, 4096, 32767, 32768} {
			roundTrip(t, c, d, s.Data[:n])
		}
	}
}

// A WIM file with our chunks must pass wimlib's verification and extract to
// the same files.
func TestCompressForWimlib(t *testing.T) {
	dir := wimtest.Tree(t, 100001)
	wim := wimtest.Capture(t, dir, "--compress=none")
	blobs, _ := wimtest.Blobs(t, wim, nil)
	for size := MinChunkSize; size <= MaxChunkSize; size *= 4 {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			c, _ := newPair(t, size, Fast)
			out := filepath.Join(t.TempDir(), "out")
			path := out + ".wim"
			if err := os.WriteFile(path, wimtest.Rewrite(wim, blobs, wimtest.LZX, size, c), 0o644); err != nil {
				t.Fatal(err)
			}
			testenv.Run(t, "wimlib-imagex", "verify", path)
			testenv.Run(t, "wimlib-imagex", "apply", path, "1", out)
			testenv.Run(t, "diff", "-r", dir, out)
		})
	}
}
