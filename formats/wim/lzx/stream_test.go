package lzx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/gildhq/gild/formats/wim/internal/huffman"
	"github.com/gildhq/gild/formats/wim/internal/wimtest"
)

// frames writes content as uncompressed blocks of the given size, in frames,
// with call targets translated if fileSize is not 0. An odd block that ends
// where its frame does is padded in the frame after it if late is set.
func frames(content []byte, blockSize int, fileSize uint32, late bool) [][]byte {
	var list [][]byte
	var pad bool
	left := 0 // of the block at hand
	for at := 0; at < len(content); at += FrameSize {
		rest := content[at:min(at+FrameSize, len(content))]
		var frame []byte
		if pad {
			frame, pad = append(frame, 0), false
		}
		for len(rest) > 0 {
			if left == 0 {
				left = min(blockSize, len(content)-at-(min(FrameSize, len(content)-at)-len(rest)))
				frame = append(frame, blockHead(left, at == 0 && len(frame) == 0, fileSize)...)
			}
			n := min(left, len(rest))
			frame, rest, left = append(frame, rest[:n]...), rest[n:], left-n
			if left == 0 && blockSize%2 != 0 {
				if pad = late && len(rest) == 0; !pad {
					frame = append(frame, 0)
				}
			}
		}
		list = append(list, frame)
	}
	return list
}

// blockHead writes what is in front of an uncompressed block, and of the data
// as a whole if it is the first one.
func blockHead(size int, first bool, fileSize uint32) []byte {
	head := make([]byte, 32)
	w := huffman.NewWriter(head)
	if first {
		if fileSize == 0 {
			w.Put(0, 1)
		} else {
			w.Put(1, 1)
			w.Put(fileSize>>16, 16)
			w.Flush()
			w.Put(fileSize&0xFFFF, 16)
		}
	}
	w.Put(blockUncompressed, 3)
	w.Put(uint32(size), 24)
	w.Flush()
	n, _ := w.Close()
	if bits := 3 + 24; !first && bits%16 == 0 || first && fileSize == 0 && (bits+1)%16 == 0 {
		n += 2 // a whole word at a word boundary
	}
	head = head[:n]
	for range numRecent {
		head = binary.LittleEndian.AppendUint32(head, 1)
	}
	return head
}

func readFrames(t testing.TB, s *Stream, list [][]byte, size int) []byte {
	t.Helper()
	var out []byte
	for _, f := range list {
		got, err := s.Frame(f, min(FrameSize, size-len(out)))
		if err != nil {
			t.Fatalf("frame at byte %d: %v", len(out), err)
		}
		out = append(out, got...)
	}
	return out
}

// Blocks go from frame to frame, with the padding of odd ones on either side
// of the border, through a window that has to slide.
func TestStreamUncompressed(t *testing.T) {
	content := wimtest.Random(7*FrameSize + 1001)
	for _, size := range []int{1001, FrameSize - 1, FrameSize, FrameSize + 1, 100_000} {
		for _, late := range []bool{false, true} {
			s, err := NewStream(MinChunkSize)
			if err != nil {
				t.Fatal(err)
			}
			if got := readFrames(t, s, frames(content, size, 0, late), len(content)); !bytes.Equal(got, content) {
				t.Errorf("blocks of %d bytes are read wrongly", size)
			}
		}
	}
}

// Call targets are translated with the place in the whole content and the file
// size of the header, frame by frame.
func TestStreamTranslates(t *testing.T) {
	const fileSize = 100_000
	content := wimtest.Random(2*FrameSize + 500)
	for i := 0; i+5 < len(content); i += 1 + i%300 {
		copy(content[i:], []byte{0xE8, byte(i), byte(i >> 8), 0, 0})
	}
	s, err := NewStream(MaxChunkSize)
	if err != nil {
		t.Fatal(err)
	}
	got := readFrames(t, s, frames(content, FrameSize, fileSize, false), len(content))
	want := bytes.Clone(content)
	for at := 0; at < len(want); at += FrameSize {
		decodeE8(want[at:min(at+FrameSize, len(want))], int32(at), fileSize)
	}
	if !bytes.Equal(got, want) || bytes.Equal(got, content) {
		t.Error("call targets are translated wrongly")
	}
}

// frameOf makes the first frame of a folder out of a chunk that is one block.
func frameOf(chunk []byte, size int) []byte {
	r := huffman.Reader{Src: chunk}
	kind, whole := r.Read(3), r.Read(1)
	bits := 16*len(chunk)/2 - 4
	if whole == 0 {
		r.Read(16)
		bits -= 16
	}
	frame := make([]byte, len(chunk)+16)
	w := huffman.NewWriter(frame)
	w.Put(1, 1)
	w.Put(e8FileSize>>16, 16)
	w.Put(e8FileSize&0xFFFF, 16)
	w.Flush()
	w.Put(kind, 3)
	w.Put(uint32(size), 24)
	w.Flush()
	for range bits {
		w.Put(r.Read(1), 1)
		w.Flush()
	}
	n, _ := w.Close()
	return frame[:n]
}

// The first frame of a folder that is one block differs from a chunk in the
// header only.
func TestStreamCompressed(t *testing.T) {
	const size = 3000
	c, _ := newPair(t, MinChunkSize, Best)
	for _, sample := range wimtest.Samples(size) {
		dst := make([]byte, size)
		n, ok := c.Compress(dst, sample.Data)
		if !ok {
			continue
		}
		s, err := NewStream(MinChunkSize)
		if err != nil {
			t.Fatal(err)
		}
		frame := frameOf(dst[:n], size)
		if got, err := s.Frame(frame, size); err != nil || !bytes.Equal(got, sample.Data) {
			t.Errorf("%s: %v", sample.Name, err)
		}
	}
}

func FuzzStream(f *testing.F) {
	const size = 3000
	seeds(f, size, func(src []byte) { f.Add(frameOf(src, size), []byte{}, uint16(size)) })
	two := frames(wimtest.Random(FrameSize+100), 20_001, 5, false)
	f.Add(two[0], two[1], uint16(100))
	f.Fuzz(func(t *testing.T, first, second []byte, size uint16) {
		s, err := NewStream(MinChunkSize)
		if err != nil {
			t.Fatal(err)
		}
		for i, src := range [][]byte{first, second, first, second} {
			n := FrameSize
			if i%2 == 1 || len(second) == 0 {
				n = int(size)
			}
			got, err := s.Frame(src, n)
			if err != nil {
				if !errors.Is(err, ErrCorrupt) {
					t.Fatalf("error is not ErrCorrupt: %v", err)
				}
				return
			}
			if len(got) != n {
				t.Fatalf("%d bytes of %d", len(got), n)
			}
		}
	})
}
