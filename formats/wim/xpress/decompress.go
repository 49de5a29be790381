package xpress

import (
	"encoding/binary"

	"github.com/gildhq/gild/formats/wim/internal/huffman"
	"github.com/gildhq/gild/formats/wim/internal/lz"
)

const (
	lookupBits = 11
	firstMatch = numLiterals << 5 // least huffman.Entry that is a match
)

// Decompressor decompresses chunks one after the other. It is not safe for
// concurrent use.
type Decompressor struct {
	chunkSize int
	lens      [numSymbols]uint8
	lookup    [1 << lookupBits]huffman.Entry
	code      huffman.Code
}

// NewDecompressor returns a decompressor for chunks of up to chunkSize bytes
// uncompressed.
func NewDecompressor(chunkSize int) (*Decompressor, error) {
	if err := checkChunkSize(chunkSize); err != nil {
		return nil, err
	}
	return &Decompressor{chunkSize: chunkSize}, nil
}

// Decompress decompresses the chunk src into dst, whose length is the
// uncompressed size of the chunk. On success all of dst is written; an error
// wraps [ErrCorrupt] and leaves the content of dst undefined.
func (d *Decompressor) Decompress(dst, src []byte) error {
	if len(dst) > d.chunkSize {
		return corrupt("uncompressed size %d is larger than the chunk size %d", len(dst), d.chunkSize)
	}
	if len(src) < tableSize {
		return corrupt("%d bytes are too few for the table of code lengths", len(src))
	}
	for i, b := range src[:tableSize] {
		d.lens[2*i], d.lens[2*i+1] = b&15, b>>4
	}
	if err := d.code.Build(d.lookup[:], d.lens[:]); err != nil {
		return corrupt("%v", err)
	}
	r := huffman.Reader{Src: src, Pos: tableSize}
	pos, err := d.fast(dst, &r)
	if err != nil {
		return err
	}
	return d.careful(dst, pos, &r)
}

// fast decodes symbols as long as neither end is near, so that it can read
// and write whole words, and returns the number of bytes written.
func (d *Decompressor) fast(dst []byte, r *huffman.Reader) (int, error) {
	src, in, buf, n := r.Src, r.Pos, r.Buf, r.N
	pos, outEnd, inEnd := 0, len(dst)-lz.CopySlack-3, len(src)-16
	for pos < outEnd && in < inEnd {
		in, buf, n = huffman.Fill(src, in, buf, n)
		var e huffman.Entry
		literals := 0
		for ; literals < 3; literals++ {
			e = d.lookup[buf>>(64-lookupBits)]
			if e == 0 {
				if e = d.code.Long(uint32(buf >> 48)); e == 0 {
					return 0, corrupt("invalid codeword at byte %d of the output", pos)
				}
			}
			buf <<= e & 31
			n -= uint(e & 31)
			if e >= firstMatch {
				break
			}
			dst[pos] = byte(e >> 5)
			pos++
		}
		if literals == 3 {
			continue
		}
		if n < maxCodeBits {
			in, buf, n = huffman.Fill(src, in, buf, n)
		}
		length := int(e >> 5 & longLength)
		log := uint(e>>9) & 15
		if length == longLength {
			*r = huffman.Reader{Src: src, Pos: in, Buf: buf, N: n}
			var err error
			if length, err = extraLength(r); err != nil {
				return 0, err
			}
			in, buf, n = r.Pos, r.Buf, r.N
		}
		length += minMatch
		offset := int(1<<log | buf>>1>>(63-log))
		buf <<= log
		n -= log
		if offset > pos || length > len(dst)-pos {
			return 0, badMatch(pos, length, offset, len(dst))
		}
		lz.Copy(dst, pos, offset, length)
		pos += length
	}
	*r = huffman.Reader{Src: src, Pos: in, Buf: buf, N: n}
	return pos, nil
}

// careful decodes the rest of the chunk, up to the last bit.
func (d *Decompressor) careful(dst []byte, pos int, r *huffman.Reader) error {
	for pos < len(dst) {
		r.Refill()
		symbol, ok := r.Symbol(&d.code, d.lookup[:], lookupBits)
		if !ok {
			return corrupt("invalid codeword at byte %d of the output", pos)
		}
		if symbol < numLiterals {
			dst[pos] = byte(symbol)
			pos++
		} else {
			n, err := match(dst, pos, symbol-numLiterals, r)
			if err != nil {
				return err
			}
			pos += n
		}
		if r.Overrun() {
			return corrupt("the data ends at byte %d of %d of the output", pos, len(dst))
		}
	}
	return nil
}

// match decodes the rest of a match and copies it; it returns the length.
func match(dst []byte, pos, header int, r *huffman.Reader) (length int, err error) {
	length = header & longLength
	if length == longLength {
		if length, err = extraLength(r); err != nil {
			return 0, err
		}
	}
	length += minMatch
	log := uint(header >> 4)
	offset := 1<<log | int(r.Bits(log))
	if offset > pos || length > len(dst)-pos {
		return 0, badMatch(pos, length, offset, len(dst))
	}
	lz.Copy(dst, pos, offset, length)
	return length, nil
}

// extraLength reads the bytes that follow the symbol of a long match. They
// come from behind the two words that a decoder has read ahead: the begun one
// and the next ([MS-XCA] §2.2.4).
func extraLength(r *huffman.Reader) (int, error) {
	r.Refill()
	r.Unread(1)
	length, size := 0, 1
	if r.Pos < len(r.Src) {
		length = longLength + int(r.Src[r.Pos])
	}
	if length == longLength+255 {
		size = 3
		if r.Pos+3 <= len(r.Src) {
			length = int(binary.LittleEndian.Uint16(r.Src[r.Pos+1:]))
		}
	}
	if size == 3 && length == 0 {
		size = 7
		if r.Pos+7 <= len(r.Src) {
			length = int(binary.LittleEndian.Uint32(r.Src[r.Pos+3:]) & (1<<31 - 1))
		}
	}
	r.Pos += size
	if r.Pos > len(r.Src) {
		return 0, corrupt("the data ends within the length of a match")
	}
	if length < longLength {
		return 0, corrupt("match length %d is coded as a long one", length)
	}
	return length, nil
}

func badMatch(pos, length, offset, size int) error {
	return corrupt("match of %d bytes at distance %d from byte %d is outside of the %d bytes of the output", length, offset, pos, size)
}
