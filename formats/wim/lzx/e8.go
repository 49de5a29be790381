package lzx

import (
	"bytes"
	"encoding/binary"
)

// The operand of an x86 CALL (E8) is relative to its place; calls of the same
// function compress better when it is absolute ([MS-PATCH] §2.3). The last ten
// bytes of a chunk are not looked at.
const (
	e8FileSize = 12000000
	e8Tail     = 10
)

// encodeE8 makes the operands of calls in a chunk absolute.
func encodeE8(chunk []byte) {
	translateE8(chunk, func(operand, pos int32) int32 {
		switch {
		case operand < -pos || operand >= e8FileSize:
			return operand
		case operand < e8FileSize-pos:
			return operand + pos
		default:
			return operand - e8FileSize
		}
	})
}

// decodeE8 undoes encodeE8, here for a chunk that begins at base.
func decodeE8(chunk []byte, base, fileSize int32) {
	translateE8(chunk, func(operand, pos int32) int32 {
		pos += base
		switch {
		case operand < -pos || operand >= fileSize:
			return operand
		case operand >= 0:
			return operand - pos
		default:
			return operand + fileSize
		}
	})
}

func translateE8(chunk []byte, translate func(operand, pos int32) int32) {
	end := len(chunk) - e8Tail
	for pos := 0; pos < end; pos += 5 {
		next := bytes.IndexByte(chunk[pos:end], 0xE8)
		if next < 0 {
			return
		}
		pos += next
		p := chunk[pos+1 : pos+5]
		v := translate(int32(binary.LittleEndian.Uint32(p)), int32(pos))
		binary.LittleEndian.PutUint32(p, uint32(v))
	}
}
