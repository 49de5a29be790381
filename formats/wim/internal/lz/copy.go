// Package lz holds the LZ77 half of the XPRESS and LZX codecs: copying matches
// and finding them.
package lz

import "encoding/binary"

// CopySlack is the room behind a match that lets [Copy] take its fast way.
const CopySlack = 16

// Copy copies the match of the given length from offset bytes back to
// dst[pos:]. Source and destination may overlap, which repeats the bytes in
// between. Up to [CopySlack] bytes of dst behind the match get arbitrary
// values.
func Copy(dst []byte, pos, offset, length int) {
	from := pos - offset
	if offset < 8 || len(dst)-pos < length+CopySlack {
		for length > 0 {
			n := copy(dst[pos:pos+length], dst[from:pos])
			pos += n
			length -= n
		}
		return
	}
	s, d := dst[from:], dst[pos:]
	copy8(d, s)
	copy8(d[8:], s[8:])
	if length <= 16 {
		return
	}
	if offset >= length {
		copy(d[16:length], s[16:])
		return
	}
	for i := 16; i < length; i += 8 {
		copy8(d[i:], s[i:])
	}
}

func copy8(dst, src []byte) {
	binary.LittleEndian.PutUint64(dst, binary.LittleEndian.Uint64(src))
}
