package cab

import "io"

// CFDATA ([MS-CAB] §2.4).
const (
	dataHeader = 8
	maxBlock   = 1 << 15 // content of a block
	maxData    = dataHeader + 1<<8 + 1<<16
)

// blocks reads the blocks of a folder one after the other.
type blocks struct {
	cabinet *Reader
	left    int    // number of blocks
	at      int64  // of the next block
	buffer  []byte // what was read of the cabinet …
	base    int64  // … and where it is from
}

func newBlocks(r *Reader, f *Folder) blocks {
	return blocks{cabinet: r, left: f.Blocks, at: f.offset, buffer: make([]byte, 0, min(maxData, r.size))}
}

// A block is the header of a block.
type block struct {
	sum    uint32
	packed int // bytes of data
	size   int // bytes of content
}

// next returns the data of the next block and the size of its content; io.EOF
// at the end of the folder. The data are valid until the next call.
func (b *blocks) next() (data []byte, size int, err error) {
	h, err := b.header(maxData)
	if err != nil {
		return nil, 0, err
	}
	start := dataHeader + b.cabinet.dataReserve
	all, err := b.bytes(b.at, start+h.packed, maxData)
	if err != nil {
		return nil, 0, err
	}
	data = all[start:]
	if h.sum != 0 && !sumOK(h.sum, all[4:start], data) {
		return nil, 0, corrupt("the checksum of the block at byte %d is wrong; get the file again", b.at)
	}
	b.advance(h)
	return data, h.size, nil
}

// sumOK compares a checksum with that of the data of a block and of its header
// behind the checksum. Writers do not agree whether the application's area in
// the header counts.
func sumOK(sum uint32, header, data []byte) bool {
	seed := checksum(data, 0)
	return sum == checksum(header, seed) || sum == checksum(header[:dataHeader-4], seed)
}

// skip passes over the next block if its content ends at or before limit
// bytes from here, and returns how large it is, or else 0.
func (b *blocks) skip(limit int64) (int, error) {
	h, err := b.header(dataHeader)
	if err != nil || int64(h.size) > limit {
		return 0, err
	}
	b.advance(h)
	return h.size, nil
}

func (b *blocks) advance(h block) {
	b.left--
	b.at += int64(dataHeader + b.cabinet.dataReserve + h.packed)
}

func (b *blocks) header(ahead int64) (block, error) {
	if b.left == 0 {
		return block{}, io.EOF
	}
	head, err := b.bytes(b.at, dataHeader, ahead)
	if err != nil {
		return block{}, err
	}
	h := block{le.Uint32(head), int(le.Uint16(head[4:])), int(le.Uint16(head[6:]))}
	if h.size == 0 || h.size > maxBlock {
		return block{}, corrupt("the block at byte %d says that it has %d bytes of content", b.at, h.size)
	}
	return h, nil
}

// bytes returns n bytes of the cabinet, valid until the next call. If it has
// to read, it reads up to ahead bytes.
func (b *blocks) bytes(at int64, n int, ahead int64) ([]byte, error) {
	if at+int64(n) > b.cabinet.size {
		return nil, corrupt("the block at byte %d goes beyond the end of the cabinet at byte %d", b.at, b.cabinet.size)
	}
	if at < b.base || at+int64(n) > b.base+int64(len(b.buffer)) {
		size := min(max(ahead, int64(n)), b.cabinet.size-at)
		got, err := b.cabinet.src.ReadAt(b.buffer[:size], at)
		b.base, b.buffer = at, b.buffer[:got]
		if got < n {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return b.buffer[at-b.base:][:n], nil
}

// checksum computes CSUMCompute of [MS-CAB] §3.1: the exclusive or of the
// 32-bit words, with the one to three last bytes in the reverse order.
func checksum(data []byte, seed uint32) uint32 {
	wide := uint64(seed)
	for ; len(data) >= 8; data = data[8:] {
		wide ^= le.Uint64(data)
	}
	sum := uint32(wide) ^ uint32(wide>>32)
	if len(data) >= 4 {
		sum ^= le.Uint32(data)
		data = data[4:]
	}
	last := uint32(0)
	for _, c := range data {
		last = last<<8 | uint32(c)
	}
	return sum ^ last
}
