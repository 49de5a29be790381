package wim

import (
	"encoding/binary"
	"fmt"
	"iter"
)

// Blob is a piece of content in the store of a file.
type Blob struct {
	Hash     Hash
	Size     int64  // bytes of content
	Stored   int64  // bytes in the file
	Offset   int64  // in the file
	RefCount uint32 // streams of all images that hold it, as the file says

	res resource
}

func newBlob(h Hash, res resource, refs uint32) Blob {
	return Blob{Hash: h, Size: res.size, Stored: res.stored, Offset: res.offset, RefCount: refs, res: res}
}

// blobTable is the store of a file: what is in it and where
// [WIM, "Lookup table"].
type blobTable struct {
	blobs    []Blob // in the order of the file's table
	index    map[Hash]int
	metadata []Blob // of image 1…
}

// parseBlobTable decodes the table and checks that every blob lies in the file.
func parseBlobTable(b []byte, fileSize int64) (*blobTable, error) {
	n := len(b) / blobEntrySize
	few := min(n, 1<<16) // a table that is compressed may announce more than it is worth
	t := &blobTable{blobs: make([]Blob, 0, few), index: make(map[Hash]int, few)}
	for i := range n {
		e := b[i*blobEntrySize:]
		res := parseResource(e)
		if res.flags&resFree != 0 {
			continue
		}
		if err := res.check(fileSize); err != nil {
			return nil, fmt.Errorf("entry %d of the blob table: %w", i, err)
		}
		if res.flags&resSpanned != 0 {
			return nil, fmt.Errorf("%w: entry %d of the blob table is spanned over several files", ErrUnsupported, i)
		}
		blob := newBlob(Hash(e[30:50]), res, binary.LittleEndian.Uint32(e[26:]))
		t.add(blob)
	}
	return t, nil
}

func (t *blobTable) add(b Blob) {
	if b.res.flags&resMetadata != 0 {
		t.metadata = append(t.metadata, b)
		return
	}
	if b.Hash.IsZero() {
		return
	}
	if _, dup := t.index[b.Hash]; !dup {
		t.index[b.Hash] = len(t.blobs)
		t.blobs = append(t.blobs, b)
	}
}

// append encodes b as an entry of the table.
func (b Blob) append(table []byte) []byte {
	var e [blobEntrySize]byte
	b.res.put(e[:])
	binary.LittleEndian.PutUint16(e[24:], 1)
	binary.LittleEndian.PutUint32(e[26:], b.RefCount)
	copy(e[30:], b.Hash[:])
	return append(table, e[:]...)
}

// Blob returns the blob with that hash.
func (f *File) Blob(h Hash) (Blob, bool) {
	i, ok := f.table.index[h]
	if !ok {
		return Blob{}, false
	}
	return f.table.blobs[i], true
}

// Blobs yields the blobs of the file, without the metadata resources.
func (f *File) Blobs() iter.Seq[Blob] {
	return func(yield func(Blob) bool) {
		for _, b := range f.table.blobs {
			if !yield(b) {
				return
			}
		}
	}
}

// OpenBlob opens the content with that hash. The zero hash is empty content.
func (f *File) OpenBlob(h Hash) (*Reader, error) {
	if h.IsZero() {
		return f.newReader(Blob{})
	}
	b, ok := f.Blob(h)
	if !ok {
		return nil, f.wrap(fmt.Errorf("%w: %s", ErrBlobNotFound, h))
	}
	return f.newReader(b)
}
