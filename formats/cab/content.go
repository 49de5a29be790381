package cab

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"slices"
)

// A codec decompresses the blocks of a folder in their order.
type codec interface {
	// decode returns the size bytes that src stands for, valid until the next call.
	decode(src []byte, size int) ([]byte, error)
}

// content reads the content of a folder.
type content struct {
	blocks blocks
	codec  codec // nil where the folder is stored
	pos    int64
	rest   []byte // from pos on
	begin  int64  // where the block that rest is of begins
	block  []byte
	err    error
}

// newContent gives the content of a folder from its beginning.
func newContent(r *Reader, f *Folder) *content {
	c := &content{blocks: newBlocks(r, f)}
	switch f.Compression.Method() {
	case Stored:
	case MSZIP:
		c.codec = newMSZIP()
	case LZX:
		c.codec, c.err = newLZX(f.Compression.Window())
	case Quantum:
		c.err = fmt.Errorf("%w: it is compressed with Quantum; extract it with expand or cabextract and use the files", ErrUnsupported)
	default:
		c.err = fmt.Errorf("%w: its compression %v is not known", ErrUnsupported, f.Compression)
	}
	return c
}

// seek goes to a place; back only within the block at hand, which it tells.
func (c *content) seek(to int64) (ok bool) {
	if to >= c.begin && to <= c.begin+int64(len(c.block)) {
		c.pos, c.rest = to, c.block[to-c.begin:]
		return true
	}
	if to < c.pos {
		return false
	}
	for c.err == nil && c.pos < to {
		if n := min(int64(len(c.rest)), to-c.pos); n > 0 {
			c.pos, c.rest = c.pos+n, c.rest[n:]
			continue
		}
		c.skipStored(to)
		if c.pos < to {
			c.next()
		}
	}
	return true
}

// skipStored passes over blocks that need not be read to decode later ones.
func (c *content) skipStored(to int64) {
	for c.codec == nil && c.err == nil && c.pos < to {
		n := 0
		if n, c.err = c.blocks.skip(to - c.pos); n == 0 {
			return
		}
		c.pos += int64(n)
		c.begin, c.block = c.pos, nil
	}
}

// next decodes the next block once rest is used up.
func (c *content) next() {
	at := c.blocks.at
	data, size, err := c.blocks.next()
	switch {
	case err != nil:
	case c.codec != nil:
		if data, err = c.codec.decode(data, size); err != nil {
			err = corrupt("the block at byte %d: %v", at, err)
		}
	case len(data) != size:
		err = corrupt("the block at byte %d is stored but has %d bytes of data for %d", at, len(data), size)
	}
	if c.err = err; err == nil {
		c.begin, c.block, c.rest = c.pos, data, data
	}
}

func (c *content) Read(p []byte) (int, error) {
	for len(c.rest) == 0 && c.err == nil {
		c.next()
	}
	if len(c.rest) == 0 {
		return 0, c.err
	}
	n := copy(p, c.rest)
	c.pos, c.rest = c.pos+int64(n), c.rest[n:]
	return n, nil
}

// A fileContent reads a file out of the content of its folder.
type fileContent struct {
	file    *File
	content *content
	pos     int64
	started bool
	err     error
}

// Open returns the content of the file. Each call decodes the folder again, from
// its start as far as is read; to read many files, see [Reader.Contents].
func (f *File) Open() io.Reader {
	return &fileContent{file: f, content: newContent(f.cabinet, f.Folder)}
}

// Read implements [io.Reader].
func (c *fileContent) Read(p []byte) (int, error) {
	left := c.file.Size - c.pos
	if left == 0 {
		return 0, io.EOF
	}
	if c.err == nil && !c.started {
		c.started = true
		c.err = c.start()
	}
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.content.Read(p[:min(int64(len(p)), left)])
	c.pos += int64(n)
	if err == io.EOF {
		err = corrupt("the folder ends after %d of %d bytes", c.pos, c.file.Size)
	}
	c.err = c.file.wrap(err)
	return n, c.err
}

// start goes to the start of the file, by way of the start of the folder if it
// is behind what is at hand.
func (c *fileContent) start() error {
	f := c.file
	if size := f.Folder.maxSize(f.cabinet.size); f.Offset+f.Size > size {
		return f.wrap(corrupt("it ends at byte %d of a folder that has at most %d", f.Offset+f.Size, size))
	}
	if !c.content.seek(f.Offset) {
		*c.content = *newContent(f.cabinet, f.Folder)
		c.content.seek(f.Offset)
	}
	return nil
}

func (f *File) wrap(err error) error {
	if err == nil {
		return nil
	}
	return f.cabinet.wrap(fmt.Errorf("%s: %w", f.Name, err))
}

// Contents gives all files in the order of their content, each with a reader that
// is valid until the next one comes. A folder is decoded once, and only as far as
// files are read. Files that share content, as some writers store equal files, may
// make it start again.
func (r *Reader) Contents() iter.Seq2[*File, io.Reader] {
	files := slices.Clone(r.Files)
	slices.SortStableFunc(files, func(a, b *File) int {
		return cmp.Or(cmp.Compare(a.Folder.number, b.Folder.number), cmp.Compare(a.Offset, b.Offset))
	})
	return func(yield func(*File, io.Reader) bool) {
		var folder *Folder
		var shared *content
		for _, f := range files {
			if f.Folder != folder {
				folder, shared = f.Folder, newContent(r, f.Folder)
			}
			if !yield(f, &fileContent{file: f, content: shared}) {
				return
			}
		}
	}
}
