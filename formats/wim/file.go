package wim

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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
	name   string
	src    io.ReaderAt
	size   int64
	close  func() error
	header Header
	table  *blobTable
	xml    *Element
	infos  []ImageInfo

	decoders sync.Pool
}

// Open opens the named file for reading.
func Open(name string) (*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() && st.Mode()&fs.ModeDevice == 0 {
		err = fmt.Errorf("%s: %w: it is not a regular file", name, ErrNotWIM)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	w, err := NewFile(f, st.Size(), name)
	if err != nil {
		f.Close()
		return nil, err
	}
	w.close = f.Close
	return w, nil
}

// NewFile opens the WIM file of size bytes that r holds. The name is used in
// errors. Closing the File does not close r.
func NewFile(r io.ReaderAt, size int64, name string) (*File, error) {
	f := &File{name: name, src: r, size: size, close: func() error { return nil }}
	if err := f.open(); err != nil {
		return nil, f.wrap(err)
	}
	return f, nil
}

func (f *File) open() error {
	head := make([]byte, min(headerSize, max(f.size, 0)))
	if _, err := readAt(f.src, head, 0); err != nil {
		return err
	}
	var err error
	if f.header, err = parseHeader(head); err != nil {
		return err
	}
	table, err := f.readResource("blob table", f.header.blobTable, maxTable)
	if err != nil {
		return err
	}
	if f.table, err = parseBlobTable(table, f.size); err != nil {
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
func (f *File) Close() error { return f.close() }

// Name returns the name the file was opened with.
func (f *File) Name() string { return f.name }

// Size returns the size of the file in bytes.
func (f *File) Size() int64 { return f.size }

// Header returns what the header says.
func (f *File) Header() Header { return f.header }

// wrap puts the file's name before an error, once.
func (f *File) wrap(err error) error {
	var named *fileError
	if errors.As(err, &named) {
		return err
	}
	return &fileError{f.name, err}
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
	b, err := readGrowing(r, blob.res.size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return b, nil
}

// readGrowing reads size bytes into memory that grows as they come.
func readGrowing(r io.Reader, size int64) ([]byte, error) {
	const step = 4 << 20
	b := make([]byte, 0, min(size, step))
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
