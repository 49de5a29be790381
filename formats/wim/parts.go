package wim

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/ground/regular"
)

// maxParts is how many files one WIM may have: they are opened all at once.
const maxParts = 1000

// part is one of the files of a WIM, mostly the only one.
type part struct {
	name   string
	src    io.ReaderAt
	size   int64
	base   int64 // where it begins when all parts are read as one
	header Header
}

// PartName returns the name of part n, from 1, of a split WIM whose first part has
// the name first: install.swm, install2.swm, install3.swm, as DISM and wimlib name them.
func PartName(first string, n int) string {
	if n == 1 {
		return first
	}
	ext := filepath.Ext(first)
	return fmt.Sprintf("%s%d%s", strings.TrimSuffix(first, ext), n, ext)
}

// Parts returns the names of the files, the first one first; of a WIM that is not
// split its name alone.
func (v *volume) Parts() []string {
	names := make([]string, len(v.parts))
	for i, p := range v.parts {
		names[i] = p.name
	}
	return names
}

// openFirst opens the named file and, if it is the first part of a split WIM, the others.
func (v *volume) openFirst() error {
	var files []*os.File
	v.close = func() error {
		var errs []error
		for _, file := range files {
			errs = append(errs, file.Close())
		}
		return errors.Join(errs...)
	}
	for n := 1; n == 1 || n <= v.parts[0].header.Parts; n++ {
		if n > maxParts {
			return fmt.Errorf("%w: it has %d parts, more than the %d that are accepted", ErrUnsupported, v.parts[0].header.Parts, maxParts)
		}
		file, p, err := openPart(PartName(v.name, n))
		if file != nil {
			files = append(files, file)
		}
		switch {
		case n > 1 && errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%w: it is a split WIM of %d parts, and part %d is not there: %w",
				ErrCorrupt, v.parts[0].header.Parts, n, err)
		case err != nil && n > 1:
			return &fileError{p.name, err}
		case err != nil:
			return err
		}
		v.parts = append(v.parts, p)
		if p.header.Part > 1 && n == 1 {
			break // checkParts says so
		}
	}
	return nil
}

func openPart(name string) (*os.File, part, error) {
	p := part{name: name}
	f, err := regular.Open(name)
	if errors.Is(err, regular.ErrNot) {
		err = fmt.Errorf("%w: %w", ErrNotWIM, err)
	}
	if err != nil {
		return nil, p, err
	}
	st, err := f.Stat()
	if err != nil {
		return f, p, err
	}
	p.src, p.size = f, st.Size()
	return f, p, p.readHeader()
}

// ReadPart reads the header and the XML of one file of a split image, or of one that is
// not split. All files have both.
func ReadPart(name string) (Header, *Element, error) {
	file, p, err := openPart(name)
	if file != nil {
		defer file.Close()
	}
	if err != nil {
		return Header{}, nil, err
	}
	f := &File{volume: volume{name: name, src: p.src, size: p.size, header: p.header}}
	text, err := f.readResource("XML", p.header.xml, maxXML)
	if err != nil {
		return Header{}, nil, f.wrap(err)
	}
	xml, err := parseXML(text)
	if err != nil {
		return Header{}, nil, f.wrap(fmt.Errorf("%w: XML: %w", ErrCorrupt, err))
	}
	return p.header, xml, nil
}

func (p *part) readHeader() error {
	head := make([]byte, min(headerSize, max(p.size, 0)))
	if _, err := readAt(p.src, head, 0); err != nil {
		return err
	}
	var err error
	p.header, err = parseHeader(head)
	return err
}

// checkParts checks that the parts are all there are, and of one WIM.
func (v *volume) checkParts() error {
	first := v.parts[0].header
	split := first.Parts > 1 || first.Flags&FlagSpanned != 0
	switch {
	case split && first.Part != 1:
		return fmt.Errorf("%w: it is part %d of %d of a split WIM; name the first part", ErrUnsupported, first.Part, first.Parts)
	case split && len(v.parts) != max(first.Parts, 1):
		return fmt.Errorf("%w: it is part %d of %d of a split WIM, and the others can't be reached", ErrUnsupported, first.Part, first.Parts)
	}
	v.src, v.size = v.parts[0].src, v.parts[0].size
	if len(v.parts) == 1 {
		return nil
	}
	v.size = 0
	for i := range v.parts {
		p := &v.parts[i]
		h := p.header
		if h.GUID != first.GUID || h.Part != i+1 || h.Parts != first.Parts || h.Compression != first.Compression || h.ChunkSize != first.ChunkSize {
			return &fileError{p.name, fmt.Errorf("%w: it is not part %d of the split WIM that begins with %s; "+
				"put the parts that were made together into one folder", ErrCorrupt, i+1, v.name)}
		}
		p.base = v.size
		v.size += p.size
	}
	v.src = concat(v.parts)
	return nil
}

// readTables reads the blob tables of all parts.
func (f *File) readTables() error {
	f.table = newBlobTable()
	for _, p := range f.parts {
		b, err := f.readPart("blob table", p, p.header.blobTable, maxTable)
		if err == nil {
			err = f.table.parse(b, p)
		}
		if err != nil {
			return &fileError{p.name, err}
		}
	}
	return nil
}

// readPart is readResource for one that lies in a part, as its header says.
func (f *File) readPart(what string, p part, res resource, limit int64) ([]byte, error) {
	if err := res.check(p.size); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	res.offset += p.base
	return f.readResource(what, res, limit)
}

// partAt returns the part that an offset lies in.
func (v *volume) partAt(offset int64) part {
	i := slices.IndexFunc(v.parts, func(p part) bool { return offset < p.base+p.size })
	return v.parts[max(i, 0)]
}

// wrapAt is wrap for an error at an offset.
func (v *volume) wrapAt(offset int64, err error) error {
	if _, named := errors.AsType[*fileError](err); named {
		return err
	}
	return &fileError{v.partAt(offset).name, err}
}

// concat reads parts as if each lay behind the one before it.
type concat []part

// ReadAt implements [io.ReaderAt].
func (c concat) ReadAt(b []byte, off int64) (int, error) {
	read := 0
	for _, p := range c {
		if off < p.base || off >= p.base+p.size {
			continue
		}
		n := int(min(int64(len(b)-read), p.base+p.size-off))
		got, err := p.src.ReadAt(b[read:read+n], off-p.base)
		read, off = read+got, off+int64(got)
		if got < n {
			return read, err
		}
		if read == len(b) {
			return read, nil
		}
	}
	return read, io.EOF
}
