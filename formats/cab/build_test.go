package cab

import (
	"bytes"
	"compress/flate"
	"testing"
)

// A testFile is a file for a cabinet of a test. A nil content makes it share
// the place of the file before.
type testFile struct {
	name       string
	content    []byte
	attributes uint16
}

// A testCabinet is what a test wants in a cabinet.
type testCabinet struct {
	folders     []testFolder
	reserve     []byte
	dataReserve []byte
	checksums   bool
	sumReserve  bool // checksums are of dataReserve too, which is how 7-Zip reads [MS-CAB], but cabextract does not
}

type testFolder struct {
	compression Compression // Stored or MSZIP
	files       []testFile
}

// build makes the cabinet.
func (c testCabinet) build(t testing.TB) []byte {
	t.Helper()
	var heads, files, data []byte
	count := 0
	for i, folder := range c.folders {
		var content []byte
		last := 0
		for _, f := range folder.files {
			if f.content != nil {
				last = len(content)
				content = append(content, f.content...)
			}
			files = le.AppendUint32(files, uint32(len(content)-last))
			files = le.AppendUint32(files, uint32(last))
			files = le.AppendUint16(files, uint16(i))
			files = append(files, 0x21, 0x28, 0x62, 0x69) // 2000-01-01 13:11:04
			files = le.AppendUint16(files, f.attributes)
			files = append(append(files, f.name...), 0)
			count++
		}
		blocks := c.blocks(t, folder.compression, content)
		heads = le.AppendUint32(heads, uint32(len(data))) // moved below
		heads = le.AppendUint16(heads, uint16(len(blocks)))
		heads = le.AppendUint16(heads, uint16(folder.compression))
		heads = append(heads, "folder"...)
		data = append(data, bytes.Join(blocks, nil)...)
	}
	const folderReserve = 6
	start := headerSize + 4 + len(c.reserve)
	for at := 0; at < len(heads); at += folderSize + folderReserve {
		le.PutUint32(heads[at:], le.Uint32(heads[at:])+uint32(start+len(heads)+len(files)))
	}
	out := append([]byte(signature), make([]byte, headerSize-4)...)
	le.PutUint32(out[8:], uint32(start+len(heads)+len(files)+len(data)))
	le.PutUint32(out[16:], uint32(start+len(heads)))
	out[24], out[25] = 3, 1
	le.PutUint16(out[26:], uint16(len(c.folders)))
	le.PutUint16(out[28:], uint16(count))
	le.PutUint16(out[30:], flagReserve)
	out = le.AppendUint16(out, uint16(len(c.reserve)))
	out = append(out, folderReserve, byte(len(c.dataReserve)))
	return bytes.Join([][]byte{out, c.reserve, heads, files, data}, nil)
}

// blocks compresses content.
func (c testCabinet) blocks(t testing.TB, method Compression, content []byte) [][]byte {
	var list [][]byte
	for at := 0; at < len(content); at += maxBlock {
		part := content[at:min(at+maxBlock, len(content))]
		packed := part
		if method == MSZIP {
			packed = deflate(t, part, content[max(at-maxBlock, 0):at])
		}
		block := make([]byte, dataHeader)
		le.PutUint16(block[4:], uint16(len(packed)))
		le.PutUint16(block[6:], uint16(len(part)))
		bare := len(block)
		block = append(block, c.dataReserve...)
		if c.sumReserve {
			bare = len(block)
		}
		if c.checksums {
			le.PutUint32(block, checksum(block[4:bare], checksum(packed, 0)))
		}
		list = append(list, append(block, packed...))
	}
	return list
}

func deflate(t testing.TB, data, history []byte) []byte {
	b := bytes.NewBufferString("CK")
	w, err := flate.NewWriterDict(b, 6, history)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pattern is content that compresses, and differs from others of its size.
func pattern(size int, seed uint32) []byte {
	b := make([]byte, size)
	for i := range b {
		switch {
		case i < 1000 || i%5000 == 0:
			seed = seed*1664525 + 1013904223
			b[i] = byte(seed >> 24)
		case i%900 < 500: // two distances, as some decoders want no code of one symbol
			b[i] = b[i-997]
		default:
			b[i] = b[i-331]
		}
	}
	return b
}

// sample is a cabinet that has one of everything, with files of the given size
// or so in a stored folder.
func sample(checksums bool, size int) testCabinet {
	files := func(dir string, size int, seed uint32) []testFile {
		return []testFile{
			{name: dir + `first.txt`, content: pattern(size, seed)},
			{name: dir + `dir\empty`, content: []byte{}},
			{name: dir + `dir\sub\second`, content: pattern(10, seed+1), attributes: 0x21},
			{name: dir + `dir\sub\same`},
			{name: dir + "\xC3\xBC.txt", content: pattern(size/2, seed+2), attributes: attrUTF8Name},
		}
	}
	return testCabinet{
		folders:     []testFolder{{MSZIP, files("", 70_000, 1)}, {Stored, files(`more\`, size, 9)}},
		reserve:     []byte("reserved"),
		dataReserve: []byte("abc"),
		checksums:   checksums,
	}
}
