// Package wimtest takes WIM files apart and puts them together just as far as
// the codecs' tests need: it finds the chunks of the resources of a WIM file
// made by another program, and it rewrites such a file with other chunks, for
// that program to check.
package wimtest

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/gildhq/gild/internal/testenv"
)

// Flags of the header that say how resources are compressed.
const (
	XPRESS = 0x20000
	LZX    = 0x40000
)

const (
	headerSize     = 208
	flagsOffset    = 16
	chunkOffset    = 20
	tableOffset    = 48 // of the resource header of the blob table
	xmlOffset      = 72
	bootOffset     = 96 // of the boot index's metadata resource
	integrity      = 124
	entrySize      = 50
	resCompressed  = 4
	hdrCompression = 2
)

// Decompressor is what the codecs' decompressors have in common.
type Decompressor interface {
	Decompress(dst, src []byte) error
}

// Compressor is what the codecs' compressors have in common.
type Compressor interface {
	Compress(dst, src []byte) (n int, ok bool)
}

// Blob is one entry of the blob table with the content of its resource.
type Blob struct {
	entry []byte
	Data  []byte
}

// Capture makes a WIM file of a folder by wimlib-imagex with the given options
// and returns its content.
func Capture(t testing.TB, dir string, options ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "captured.wim")
	args := append([]string{"capture", dir, path, "--threads=1", "--norpfix"}, options...)
	testenv.Run(t, "wimlib-imagex", args...)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// ChunkSize returns the option for a chunk size.
func ChunkSize(size int) string { return "--chunk-size=" + strconv.Itoa(size) }

// Blobs returns the blobs of a WIM file, decompressed by d, and the number of
// compressed chunks there were. Every blob's SHA-1 is checked.
func Blobs(t testing.TB, wim []byte, d Decompressor) (blobs []Blob, compressed int) {
	t.Helper()
	chunkSize := int(binary.LittleEndian.Uint32(wim[chunkOffset:]))
	offset, size, _, _ := resource(wim[tableOffset:])
	for table := wim[offset:][:size]; len(table) > 0; table = table[entrySize:] {
		entry := table[:entrySize]
		data, n := read(t, wim, entry, chunkSize, d)
		if sum := sha1.Sum(data); string(sum[:]) != string(entry[30:]) {
			t.Fatalf("blob %x decompresses to %x", entry[30:], sum)
		}
		blobs = append(blobs, Blob{entry, data})
		compressed += n
	}
	return blobs, compressed
}

// A Chunk is a chunk as it is stored and its uncompressed size.
type Chunk struct {
	Src  []byte
	Size int
}

// Chunks returns the chunks wimlib-imagex makes of data.
func Chunks(t testing.TB, data []byte, compression string, chunkSize int) []Chunk {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "data"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	wim := Capture(t, dir, "--compress="+compression, ChunkSize(chunkSize))
	var all []Chunk
	table, size, _, _ := resource(wim[tableOffset:])
	for entry := wim[table:][:size]; len(entry) > 0; entry = entry[entrySize:] {
		if _, _, original, _ := resource(entry); original == len(data) {
			all = chunks(wim, entry, chunkSize)
		}
	}
	return all
}

// chunks returns the chunks of a compressed resource.
func chunks(wim, header []byte, chunkSize int) []Chunk {
	offset, size, original, _ := resource(header)
	stored := wim[offset:][:size]
	n := (original + chunkSize - 1) / chunkSize
	body, start := stored[4*(n-1):], 0
	all := make([]Chunk, n)
	for i := range all {
		end := len(body)
		if i < n-1 {
			end = int(binary.LittleEndian.Uint32(stored[4*i:]))
		}
		all[i] = Chunk{body[start:end], min(chunkSize, original-i*chunkSize)}
		start = end
	}
	return all
}

func resource(header []byte) (offset, size, original int, flags byte) {
	size = int(binary.LittleEndian.Uint64(header) & (1<<56 - 1))
	offset = int(binary.LittleEndian.Uint64(header[8:]))
	original = int(binary.LittleEndian.Uint64(header[16:]))
	return offset, size, original, header[7]
}

func read(t testing.TB, wim, header []byte, chunkSize int, d Decompressor) (data []byte, compressed int) {
	t.Helper()
	offset, size, original, flags := resource(header)
	stored := wim[offset:][:size]
	if flags&resCompressed == 0 {
		return stored, 0
	}
	data = make([]byte, 0, original)
	for i, c := range chunks(wim, header, chunkSize) {
		dst := data[len(data):][:c.Size]
		data = data[:len(data)+c.Size]
		if len(c.Src) == c.Size {
			copy(dst, c.Src)
			continue
		}
		if err := d.Decompress(dst, c.Src); err != nil {
			t.Fatalf("chunk %d of blob %x: %v", i, header[30:], err)
		}
		compressed++
	}
	return data, compressed
}

// Rewrite returns the WIM file with its blobs compressed anew by c.
func Rewrite(wim []byte, blobs []Blob, compression uint32, chunkSize int, c Compressor) []byte {
	out := append([]byte(nil), wim[:headerSize]...)
	flags := binary.LittleEndian.Uint32(out[flagsOffset:]) &^ 0xFFFF0000
	binary.LittleEndian.PutUint32(out[flagsOffset:], flags|hdrCompression|compression)
	binary.LittleEndian.PutUint32(out[chunkOffset:], uint32(chunkSize))
	clear(out[bootOffset : integrity+24])
	var table []byte
	for _, blob := range blobs {
		entry := append([]byte(nil), blob.entry...)
		stored, flag := pack(blob.Data, chunkSize, c)
		putResource(entry, len(out), len(stored), len(blob.Data), entry[7]&^resCompressed|flag)
		table = append(table, entry...)
		out = append(out, stored...)
	}
	putResource(out[tableOffset:], len(out), len(table), len(table), 2)
	out = append(out, table...)
	offset, size, _, _ := resource(wim[xmlOffset:])
	putResource(out[xmlOffset:], len(out), size, size, 2)
	return append(out, wim[offset:][:size]...)
}

func putResource(header []byte, offset, size, original int, flags byte) {
	binary.LittleEndian.PutUint64(header, uint64(size))
	header[7] = flags
	binary.LittleEndian.PutUint64(header[8:], uint64(offset))
	binary.LittleEndian.PutUint64(header[16:], uint64(original))
}

// pack returns the resource for data: the chunk table and the chunks, or the
// data as it is if that is not larger.
func pack(data []byte, chunkSize int, c Compressor) (stored []byte, flag byte) {
	chunks := (len(data) + chunkSize - 1) / chunkSize
	if chunks == 0 {
		return data, 0
	}
	table := make([]byte, 4*(chunks-1))
	var body []byte
	for i := range chunks {
		if i > 0 {
			binary.LittleEndian.PutUint32(table[4*(i-1):], uint32(len(body)))
		}
		src := data[i*chunkSize : min(len(data), (i+1)*chunkSize)]
		dst := make([]byte, len(src))
		if n, ok := c.Compress(dst, src); ok {
			src = dst[:n]
		}
		body = append(body, src...)
	}
	if len(table)+len(body) >= len(data) {
		return data, 0
	}
	return append(table, body...), resCompressed
}

// Verify has wimlib-imagex verify a WIM file and compares the files it
// extracts with those of dir.
func Verify(t *testing.T, wim []byte, dir string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(out+".wim", wim, 0o644); err != nil {
		t.Fatal(err)
	}
	testenv.Run(t, "wimlib-imagex", "verify", out+".wim")
	testenv.Run(t, "wimlib-imagex", "apply", out+".wim", "1", out)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		want, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(out, e.Name()))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s was extracted differently (%v)", e.Name(), err)
		}
	}
}
