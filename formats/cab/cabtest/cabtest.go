// Package cabtest makes cabinets for tests of what reads them.
package cabtest

import (
	"encoding/binary"
	"maps"
	"slices"
)

var le = binary.LittleEndian

const (
	headerSize = 36
	folderSize = 8
	maxBlock   = 32 << 10
)

// Stored returns a cabinet of files, by their names, in one folder that is not
// compressed and has no checksums ([MS-CAB] §2). It panics if they are more than
// that can hold.
func Stored(files map[string]string) []byte {
	var list, content []byte
	for _, name := range slices.Sorted(maps.Keys(files)) {
		list = le.AppendUint32(list, uint32(len(files[name])))
		list = le.AppendUint32(list, uint32(len(content)))
		list = le.AppendUint16(list, 0)             // the folder
		list = append(list, 0x21, 0x28, 0x62, 0x69) // 2000-01-01 13:11:04
		list = le.AppendUint16(list, 0x20)          // archive
		list = append(append(list, name...), 0)     // ASCII
		content = append(content, files[name]...)
	}
	var data []byte
	blocks := 0
	for part := range slices.Chunk(content, maxBlock) {
		data = le.AppendUint32(data, 0) // no checksum
		data = le.AppendUint16(data, uint16(len(part)))
		data = le.AppendUint16(data, uint16(len(part)))
		data = append(data, part...)
		blocks++
	}
	if blocks > 0xFFFF || len(files) > 0xFFFF {
		panic("cabtest: too much for a cabinet of one folder")
	}
	first := headerSize + folderSize
	out := make([]byte, first, first+len(list)+len(data))
	copy(out, "MSCF")
	le.PutUint32(out[8:], uint32(first+len(list)+len(data)))
	le.PutUint32(out[16:], uint32(first))
	out[24], out[25] = 3, 1 // version 1.3
	le.PutUint16(out[26:], 1)
	le.PutUint16(out[28:], uint16(len(files)))
	le.PutUint32(out[headerSize:], uint32(first+len(list)))
	le.PutUint16(out[headerSize+4:], uint16(blocks))
	return append(append(out, list...), data...)
}

// Spanned returns a cabinet that says it is the first one of a set.
func Spanned() []byte {
	out := Stored(map[string]string{"a": "a"})
	le.PutUint16(out[30:], 2) // a cabinet comes after it
	neighbour := []byte("next.cab\x00disk 2\x00")
	out = slices.Insert(out, headerSize, neighbour...)
	le.PutUint32(out[8:], uint32(len(out)))
	le.PutUint32(out[16:], le.Uint32(out[16:])+uint32(len(neighbour)))
	at := headerSize + len(neighbour)
	le.PutUint32(out[at:], le.Uint32(out[at:])+uint32(len(neighbour)))
	return out
}
