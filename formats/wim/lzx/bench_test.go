package lzx

import (
	"testing"

	"github.com/gildhq/gild/formats/wim/internal/wimtest"
)

const benchSize = 16 << 20

func BenchmarkDecompress(b *testing.B) {
	data := wimtest.Program(benchSize)
	if data == nil {
		b.Skip("no programs found on this machine")
	}
	const chunkSize = 1 << 15
	chunks := wimtest.Chunks(b, data, "LZX", chunkSize)
	d, err := NewDecompressor(chunkSize)
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]byte, chunkSize)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		for _, c := range chunks {
			if len(c.Src) == c.Size {
				copy(dst, c.Src)
			} else if err := d.Decompress(dst[:c.Size], c.Src); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkCompress(b *testing.B) {
	data := wimtest.Program(benchSize)
	if data == nil {
		b.Skip("no programs found on this machine")
	}
	c, _ := newPair(b, 1<<15, Fast)
	dst := make([]byte, c.chunkSize)
	total := 0
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		total = 0
		for rest := data; len(rest) > 0; {
			src := rest[:min(len(rest), c.chunkSize)]
			rest = rest[len(src):]
			n, ok := c.Compress(dst[:len(src)], src)
			if !ok {
				n = len(src)
			}
			total += n
		}
	}
	b.ReportMetric(float64(total)/float64(len(data)), "ratio")
}
