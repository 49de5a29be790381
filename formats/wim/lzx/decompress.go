package lzx

import "github.com/gildhq/gild/formats/wim/internal/huffman"

// Decompressor decompresses chunks one after the other. It is not safe for
// concurrent use.
type Decompressor struct {
	decoder
}

// NewDecompressor returns a decompressor for chunks of WIM files with the
// given chunk size, which is the size of the window as well.
func NewDecompressor(chunkSize int) (*Decompressor, error) {
	if err := checkChunkSize(chunkSize); err != nil {
		return nil, err
	}
	return &Decompressor{newDecoder(chunkSize)}, nil
}

// Decompress decompresses the chunk src into dst, whose length is the
// uncompressed size of the chunk. On success all of dst is written; an error
// wraps [ErrCorrupt] and leaves the content of dst undefined.
func (d *Decompressor) Decompress(dst, src []byte) error {
	if len(dst) > d.windowSize {
		return corrupt("uncompressed size %d is larger than the chunk size %d", len(dst), d.windowSize)
	}
	d.reset()
	r := huffman.Reader{Src: src}
	for pos := 0; pos < len(dst); {
		kind, size := r.Read(3), d.blockSize(&r)
		if size > len(dst)-pos {
			return corrupt("block of %d bytes at byte %d of %d", size, pos, len(dst))
		}
		if err := d.begin(kind, size, &r); err != nil {
			return err
		}
		if err := d.decode(dst, pos, size, &r); err != nil {
			return err
		}
		pos += size
	}
	decodeE8(dst, 0, e8FileSize)
	return nil
}

func (d *Decompressor) blockSize(r *huffman.Reader) int {
	if r.Read(1) == 1 {
		return defaultBlockSize
	}
	if d.windowSize > 1<<15 {
		return int(r.Read(24))
	}
	return int(r.Read(16))
}
