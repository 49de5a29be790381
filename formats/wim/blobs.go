package wim

import (
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
)

// Blob is a piece of content in the store of a file.
type Blob struct {
	Hash     Hash
	Size     int64  // bytes of content
	Stored   int64  // bytes in the file
	Offset   int64  // in the file; of a split one counted through all parts
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

func newBlobTable() *blobTable { return &blobTable{index: map[Hash]int{}} }

// parse adds the entries of the table of a part, and checks that every blob lies in
// it. Entries that a part of a split WIM has of others are not looked at.
func (t *blobTable) parse(b []byte, p part) error {
	t.grow(len(b) / blobEntrySize)
	for i := range len(b) / blobEntrySize {
		e := b[i*blobEntrySize:]
		res := parseResource(e)
		elsewhere := p.header.Parts > 1 && int(binary.LittleEndian.Uint16(e[24:])) != p.header.Part
		if res.flags&resFree != 0 || elsewhere {
			continue
		}
		if err := res.check(p.size); err != nil {
			return fmt.Errorf("entry %d of the blob table: %w", i, err)
		}
		if res.flags&resSpanned != 0 {
			return fmt.Errorf("%w: entry %d of the blob table is spanned over several files", ErrUnsupported, i)
		}
		res.offset += p.base
		t.add(newBlob(Hash(e[30:50]), res, binary.LittleEndian.Uint32(e[26:])))
	}
	return nil
}

// grow makes room for n more entries, or for as many as files mostly have at most:
// the rest of them have to be there.
func (t *blobTable) grow(n int) {
	n = min(n, 1<<18)
	t.blobs = slices.Grow(t.blobs, n)
	if len(t.index) == 0 {
		t.index = make(map[Hash]int, n)
	}
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

// append encodes b as an entry of the table of a part.
func (b Blob) append(table []byte, part int) []byte {
	var e [blobEntrySize]byte
	b.res.put(e[:])
	binary.LittleEndian.PutUint16(e[24:], uint16(part))
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
