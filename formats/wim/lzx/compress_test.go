package lzx

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	winio "github.com/Microsoft/go-winio/wim/lzx"

	"github.com/gildhq/gild/formats/wim/internal/wimtest"
)

var (
	levels     = []Level{Fast, Best}
	chunkSizes = []int{MinChunkSize, 1 << 18, MaxChunkSize}
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

// Random bytes must be refused; the others must shrink, and no less at the
// better level.
func TestRoundTrip(t *testing.T) {
	for _, size := range chunkSizes {
		large := wimtest.Sample{Name: "large", Data: wimtest.Program(2500000)}
		for _, s := range append(wimtest.Samples(min(size+7777, 300001)), large) {
			t.Run(fmt.Sprint(s.Name, " ", size), func(t *testing.T) {
				var sizes []int
				for _, level := range levels {
					c, d := newPair(t, size, level)
					sizes = append(sizes, roundTrip(t, c, d, s.Data))
				}
				if (sizes[0] == len(s.Data)) != (s.Name == "random") && len(s.Data) > 0 {
					t.Errorf("%d bytes became %d", len(s.Data), sizes[0])
				}
				if sizes[1] > sizes[0]+sizes[0]/100+16 {
					t.Errorf("level Best makes %d bytes where Fast makes %d", sizes[1], sizes[0])
				}
			})
		}
	}
}

func TestRoundTripSizes(t *testing.T) {
	for _, level := range levels {
		c, d := newPair(t, MinChunkSize, level)
		for _, s := range wimtest.Samples(MinChunkSize) {
			for _, n := range []int{0, 1, 2, 3, 9, 10, 11, 12, 99, 100, 256, 257, 258, 300, 1000, 4000, 32766, 32767, 32768} {
				roundTrip(t, c, d, s.Data[:n])
			}
		}
	}
}

// A chunk's compressed form must not depend on the chunks before it.
func TestCompressIsStateless(t *testing.T) {
	for _, level := range levels {
		used, _ := newPair(t, MinChunkSize, level)
		for _, s := range wimtest.Samples(MinChunkSize) {
			fresh, _ := newPair(t, MinChunkSize, level)
			want, got := make([]byte, MinChunkSize), make([]byte, MinChunkSize)
			n, ok := fresh.Compress(want, s.Data)
			m, okToo := used.Compress(got, s.Data)
			if ok != okToo || ok && !bytes.Equal(got[:m], want[:n]) {
				t.Errorf("%s: a used compressor gives another result than a new one", s.Name)
			}
		}
	}
}

// The decoder of go-winio, which is independent, must agree.
func TestCompressForWinio(t *testing.T) {
	for _, level := range levels {
		c, _ := newPair(t, 1<<15, level)
		dst := make([]byte, c.chunkSize)
		for _, s := range wimtest.Samples(c.chunkSize) {
			n, ok := c.Compress(dst, s.Data)
			if !ok {
				continue
			}
			r, err := winio.NewReader(bytes.NewReader(dst[:n]), len(s.Data))
			if err != nil {
				t.Fatal(err)
			}
			back, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(back, s.Data) {
				t.Errorf("%s: go-winio reads other data (%v)", s.Name, err)
			}
		}
	}
}

// A WIM file with our chunks must pass wimlib's verification and extract to
// the same files.
func TestCompressForWimlib(t *testing.T) {
	dir := wimtest.Tree(t, 100001)
	wim := wimtest.Capture(t, dir, "--compress=none")
	blobs, _ := wimtest.Blobs(t, wim, nil)
	for _, size := range chunkSizes {
		for _, level := range levels {
			t.Run(fmt.Sprint(size, " ", level), func(t *testing.T) {
				c, _ := newPair(t, size, level)
				wimtest.Verify(t, wimtest.Rewrite(wim, blobs, wimtest.LZX, size, c), dir)
			})
		}
	}
}
