package lzx

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gildhq/gild/formats/wim/internal/huffman"
	"github.com/gildhq/gild/formats/wim/internal/wimtest"
)

// seeds calls add with compressed chunks, whole, cut and with flipped bits.
func seeds(t testing.TB, size int, add func(src []byte)) {
	c, _ := newPair(t, MinChunkSize, Best)
	for _, s := range wimtest.Samples(size) {
		dst := make([]byte, size)
		n, ok := c.Compress(dst, s.Data)
		if !ok {
			continue
		}
		add(dst[:n])
		for _, at := range []int{0, 1, 2, 5, 10, 20, 30, 50, 100, n - 3, n - 1} {
			if at < n {
				add(dst[:at])
				flipped := bytes.Clone(dst[:n])
				flipped[at] ^= 1 << (at % 8)
				add(flipped)
			}
		}
	}
}

func FuzzDecompress(f *testing.F) {
	const size = 3000
	seeds(f, size, func(src []byte) { f.Add(src, uint16(size)) })
	f.Add(uncompressedChunk(size), uint16(size))
	_, small := newPair(f, MinChunkSize, Fast)
	_, large := newPair(f, MaxChunkSize, Fast)
	f.Fuzz(func(t *testing.T, src []byte, size uint16) {
		decompressTwice(t, small, src, int(size))
		decompressTwice(t, large, src, int(size)*3)
	})
}

// decompressTwice checks that a failure is ErrCorrupt, and that success
// writes all of dst, whatever it holds before.
func decompressTwice(t *testing.T, d *Decompressor, src []byte, size int) {
	t.Helper()
	dst, again := make([]byte, size), bytes.Repeat([]byte{0xA5}, size)
	err := d.Decompress(dst, src)
	if err != nil && !errors.Is(err, ErrCorrupt) {
		t.Fatalf("error is not ErrCorrupt: %v", err)
	}
	errAgain := d.Decompress(again, src)
	if (err == nil) != (errAgain == nil) || err == nil && !bytes.Equal(dst, again) {
		t.Fatal("not all of the output is written")
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, s := range wimtest.Samples(1000) {
		f.Add(s.Data)
	}
	fast, d := newPair(f, MinChunkSize, Fast)
	best, _ := newPair(f, MinChunkSize, Best)
	f.Fuzz(func(t *testing.T, data []byte) {
		roundTrip(t, fast, d, data)
		roundTrip(t, best, d, data)
	})
}

// Every byte of a chunk is needed: no shorter one may pass for the whole.
func TestDecompressTruncated(t *testing.T) {
	const size = 3000
	c, d := newPair(t, MinChunkSize, Best)
	for _, s := range wimtest.Samples(size) {
		dst, back := make([]byte, size), make([]byte, size)
		n, _ := c.Compress(dst, s.Data)
		for cut := range n {
			if err := d.Decompress(back, dst[:cut:cut]); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("%s: %d of %d bytes: %v", s.Name, cut, n, err)
			}
		}
	}
}

func TestDecompressTooLarge(t *testing.T) {
	_, d := newPair(t, MinChunkSize, Best)
	if err := d.Decompress(make([]byte, MinChunkSize+1), make([]byte, 1000)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a chunk larger than the chunk size: %v", err)
	}
}

func TestChunkSize(t *testing.T) {
	for _, size := range []int{-1, 0, 1 << 14, 40000, 1 << 22} {
		_, errC := NewCompressor(size, Fast)
		_, errD := NewDecompressor(size)
		if errC == nil || errD == nil {
			t.Errorf("chunk size %d is accepted", size)
		}
	}
}

// Neither way may allocate per chunk.
func TestAllocations(t *testing.T) {
	c, d := newPair(t, 1<<15, Best)
	src := wimtest.Samples(1 << 15)[4].Data
	dst, back := make([]byte, len(src)), make([]byte, len(src))
	n := 0
	allocs := testing.AllocsPerRun(5, func() {
		n, _ = c.Compress(dst, src)
		if err := d.Decompress(back, dst[:n]); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations per chunk", allocs)
	}
}

// uncompressedChunk returns a chunk of one uncompressed block, which the
// compressor never makes.
func uncompressedChunk(size int) []byte {
	dst := make([]byte, 100)
	w := huffman.NewWriter(dst)
	w.Put(blockUncompressed, 3)
	w.Put(uint32(size), 17)
	n, _ := w.Close()
	src := append(dst[:n], 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0)
	return append(src, wimtest.Random(size)...)
}

func TestDecompressUncompressedBlock(t *testing.T) {
	_, d := newPair(t, MinChunkSize, Fast)
	for _, size := range []int{1, 2, 10, 999, 30000} {
		src, dst := uncompressedChunk(size), make([]byte, size)
		if err := d.Decompress(dst, src); err != nil {
			t.Fatal(err)
		}
		want := wimtest.Random(size)
		decodeE8(want, 0, e8FileSize)
		if !bytes.Equal(dst, want) {
			t.Errorf("block of %d bytes is read wrongly", size)
		}
		if err := d.Decompress(dst, src[:len(src)-1]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut block: %v", err)
		}
	}
}
