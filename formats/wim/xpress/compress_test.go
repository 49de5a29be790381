package xpress

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/gildhq/gild/formats/wim/internal/wimtest"
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

func newPair(t testing.TB, size int) (*Compressor, *Decompressor) {
	t.Helper()
	c, err := NewCompressor(size)
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
	for size := MinChunkSize; size <= MaxChunkSize; size *= 2 {
		c, d := newPair(t, size)
		for _, s := range wimtest.Samples(2 * size) {
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
	c, d := newPair(t, MinChunkSize)
	for _, s := range wimtest.Samples(MinChunkSize) {
		for _, n := range []int{0, 1, 2, 3, 255, 256, 257, 258, 300, 1000, 4000, 4094, 4095, 4096} {
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
			c, _ := newPair(t, size)
			wimtest.Verify(t, wimtest.Rewrite(wim, blobs, wimtest.XPRESS, size, c), dir)
		})
	}
}
