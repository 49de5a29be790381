package lzx

import (
	"fmt"
	"testing"

	"github.com/gildhq/gild/formats/wim/internal/wimtest"
)

// Chunks that wimlib compressed must decompress to the content it recorded
// the SHA-1 of.
func TestDecompressWimlib(t *testing.T) {
	dir := wimtest.Tree(t, 100001)
	for _, size := range []int{MinChunkSize, 1 << 16, 1 << 17, 1 << 20, MaxChunkSize} {
		for _, level := range []string{"LZX:20", "LZX"} {
			t.Run(fmt.Sprint(level, " ", size), func(t *testing.T) {
				wim := wimtest.Capture(t, dir, "--compress="+level, wimtest.ChunkSize(size))
				d, err := NewDecompressor(size)
				if err != nil {
					t.Fatal(err)
				}
				if _, chunks := wimtest.Blobs(t, wim, d); chunks < 10 {
					t.Fatalf("only %d compressed chunks", chunks)
				}
			})
		}
	}
}
