package wim

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// Limits on what is read into memory at once.
const (
	maxMetadata = 512 << 20
	maxTable    = 256 << 20
	maxXML      = 16 << 20
)

// File is an open WIM file. It may be used by several goroutines.
type File struct {
	volume
	table *blobTable
	xml   *Element
	infos []ImageInfo

	decoders sync.Pool
}

// volume is the bytes of a WIM: of one file, or of the parts of a split one, read as if
// each came after the one before it.
type volume struct {
	name   string
	src    io.ReaderAt
	size   int64
	parts  []part
	close  func() error
	header Header
}

// Open opens the named file for reading. A split WIM is opened by its first part;
// the others must be in the same folder, with the names of [PartName].
func Open(name string) (*File, error) {
	f := &File{volume: volume{name: name}}
	err := f.openFirst()
	if err == nil {
		err = f.open()
	}
	if err == nil {
		return f, nil
	}
	f.Close()
	if _, named := err.(*fs.PathError); named {
		return nil, err
	}
	return nil, f.wrap(err)
}

// NewFile opens the WIM file of size bytes that r holds. The name is used in
// errors. Closing the File does not close r.
func NewFile(r io.ReaderAt, size int64, name string) (*File, error) {
	f := &File{volume: volume{name: name, parts: []part{{name: name, src: r, size: size}}}}
	err := f.parts[0].readHeader()
	if err == nil {
		err = f.open()
	}
	if err != nil {
		return nil, f.wrap(err)
	}
	return f, nil
}

func (f *File) open() error {
	if err := f.checkParts(); err != nil {
		return err
	}
	f.header = f.parts[0].header
	if err := f.readTables(); err != nil {
		return err
	}
	if err := f.header.refusal(); err != nil {
		return err
	}
	if n := len(f.table.metadata); n != f.header.ImageCount {
		return fmt.Errorf("%w: the header announces %d images, the blob table has %d", ErrCorrupt, f.header.ImageCount, n)
	}
	if f.header.BootIndex > f.header.ImageCount {
		f.header.BootIndex = 0
	}
	return f.openXML()
}

func (f *File) openXML() error {
	text, err := f.readResource("XML", f.header.xml, maxXML)
	if err != nil {
		return err
	}
	if f.xml, err = parseXML(text); err != nil {
		return fmt.Errorf("%w: XML: %w", ErrCorrupt, err)
	}
	f.infos = imageInfos(f.xml, f.header.ImageCount)
	return nil
}

// Close closes the file.
func (v *volume) Close() error {
	if v.close == nil {
		return nil
	}
	return v.close()
}

// Name returns the name the file was opened with.
func (v *volume) Name() string { return v.name }

// Size returns the size of the file in bytes, all parts together.
func (v *volume) Size() int64 { return v.size }

// Header returns what the header says, of a split WIM that of its first part.
func (v *volume) Header() Header { return v.header }

// wrap puts the file's name before an error, once.
func (v *volume) wrap(err error) error {
	var named *fileError
	if errors.As(err, &named) {
		return err
	}
	return &fileError{v.name, err}
}

type fileError struct {
	name string
	err  error
}

func (e *fileError) Error() string { return e.name + ": " + e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

// readResource reads a whole resource. What it takes in memory follows what
// can be decoded, not what is announced.
func (f *File) readResource(what string, res resource, limit int64) ([]byte, error) {
	return f.readBlob(what, newBlob(Hash{}, res, 0), limit)
}

// readBlob is readResource for a blob, whose hash is checked.
func (f *File) readBlob(what string, blob Blob, limit int64) ([]byte, error) {
	err := blob.res.check(f.size)
	if err == nil && blob.res.size > limit {
		err = fmt.Errorf("%w: %d bytes, more than the %d that are accepted", ErrCorrupt, blob.res.size, limit)
	}
	var r *Reader
	if err == nil {
		r, err = f.newReader(blob)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer r.Close()
	b, err := readGrowing(r, blob.res.size, blob.res.stored)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return b, nil
}

// readGrowing reads size bytes, which stored bytes of the file hold, into memory
// that grows as they come. What is announced is believed as far as the ratio is
// one that metadata and tables have.
func readGrowing(r io.Reader, size, stored int64) ([]byte, error) {
	const step, ratio = 4 << 20, 16
	b := make([]byte, 0, min(size, max(step, ratio*stored)))
	for int64(len(b)) < size {
		if len(b) == cap(b) {
			b = append(make([]byte, 0, min(size, 4*int64(len(b)))), b...)
		}
		n := len(b)
		b = b[:cap(b)]
		if _, err := io.ReadFull(r, b[n:]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (f *File) takeDecoder() (decompressor, error) {
	if d, ok := f.decoders.Get().(decompressor); ok {
		return d, nil
	}
	return f.header.Compression.newDecompressor(f.header.ChunkSize)
}
