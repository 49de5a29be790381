package lzx

import "github.com/gildhq/gild/formats/wim/internal/huffman"

// FrameSize is the most content that a frame of a cabinet's LZX data has; all
// frames but the last have it.
const FrameSize = 1 << 15

// translatedSize is how much of a folder's content has its call targets
// translated: 32768 frames ([MS-PATCH] §2.3).
const translatedSize = 1 << 30

// Stream decompresses a folder of a cabinet, whose data are frames, one per
// block of the cabinet. The window and all state but the bits of the last word
// go from frame to frame, blocks may too. The data begin with one bit that
// says whether call targets are translated and, if so, the "file size" of that
// in 32 bits. A Stream is not safe for concurrent use.
type Stream struct {
	decoder
	buffer   []byte // at least the last window of content …
	pos      int    // … which ends here
	offset   int64  // of what is at pos in the content of the folder
	fileSize int32  // 0 if call targets are not translated
	frame    []byte // where they are, as the window has them untranslated
}

// NewStream returns a Stream for data compressed with the given size of
// window, which is a power of two from 1<<15 to 1<<21. It takes memory of up
// to twice that size, according to how much is decompressed.
func NewStream(windowSize int) (*Stream, error) {
	if err := checkChunkSize(windowSize); err != nil {
		return nil, err
	}
	return &Stream{decoder: newDecoder(windowSize)}, nil
}

// Frame decompresses the next frame, of size bytes. What it returns is valid
// until the next call. An error wraps [ErrCorrupt]; there is nothing to be
// read after it.
func (s *Stream) Frame(src []byte, size int) ([]byte, error) {
	if size <= 0 || size > FrameSize {
		return nil, corrupt("frame of %d bytes", size)
	}
	s.room(size)
	r := huffman.Reader{Src: src}
	if s.unpad {
		r.Pos, s.unpad = min(1, len(src)), false
	}
	if s.offset == 0 && r.Read(1) == 1 {
		s.fileSize = int32(r.Read(16)<<16 | r.Read(16))
	}
	begin, end := s.pos, s.pos+size
	for s.pos < end {
		if s.left == 0 {
			kind, size := r.Read(3), int(r.Read(24))
			if err := s.begin(kind, size, &r); err != nil {
				return nil, err
			}
		}
		n := min(s.left, end-s.pos)
		if err := s.decode(s.buffer, s.pos, n, &r); err != nil {
			return nil, err
		}
		s.pos += n
	}
	return s.translate(s.buffer[begin:end]), nil
}

// room makes room for size bytes behind pos.
func (s *Stream) room(size int) {
	if s.pos+size <= len(s.buffer) {
		return
	}
	if limit := 2 * s.windowSize; len(s.buffer) < limit {
		larger := make([]byte, min(limit, max(2*len(s.buffer), 2*FrameSize)))
		copy(larger, s.buffer[:s.pos])
		s.buffer = larger
		return
	}
	copy(s.buffer, s.buffer[s.pos-s.windowSize:s.pos])
	s.pos = s.windowSize
}

// translate gives the next frame as it was before it was compressed.
func (s *Stream) translate(frame []byte) []byte {
	base := s.offset
	s.offset += int64(len(frame))
	if s.fileSize == 0 || base >= translatedSize {
		return frame
	}
	s.frame = append(s.frame[:0], frame...)
	decodeE8(s.frame, int32(base), s.fileSize)
	return s.frame
}
