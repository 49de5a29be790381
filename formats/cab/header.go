package cab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

var le = binary.LittleEndian

// CFHEADER ([MS-CAB] §2.1).
const (
	signature  = "MSCF"
	headerSize = 36
	folderSize = 8

	flagPrevious = 0x0001
	flagNext     = 0x0002
	flagReserve  = 0x0004
)

type header struct {
	size           int64
	files          int64 // where the first CFFILE is
	major, minor   byte
	folderCount    int
	fileCount      int
	flags          uint16
	setID, index   uint16
	reserve        []byte
	folderReserve  int
	dataReserve    int
	previous, next string // the neighbours in the set
}

// parse reads all that is in front of the data.
func (r *Reader) parse(size int64) error {
	s := &scanner{r: r.src, limit: size}
	h, err := s.header()
	if err != nil {
		return err
	}
	if err := h.check(size); err != nil {
		return err
	}
	s.limit = h.size
	r.size, r.SetID, r.Reserve, r.dataReserve = h.size, h.setID, h.reserve, h.dataReserve
	for range h.folderCount {
		folder, err := s.folder(h.folderReserve)
		if err != nil {
			return fmt.Errorf("folder %d: %w", len(r.Folders), err)
		}
		folder.number = len(r.Folders)
		r.Folders = append(r.Folders, folder)
	}
	s.jump(h.files)
	for range h.fileCount {
		file, err := s.file(r)
		if err != nil {
			return fmt.Errorf("file %d: %w", len(r.Files), err)
		}
		r.Files = append(r.Files, file)
	}
	return nil
}

func (h *header) check(size int64) error {
	switch {
	case h.major != 1:
		return fmt.Errorf("%w: version %d.%d of the format is not known", ErrUnsupported, h.major, h.minor)
	case h.flags&(flagPrevious|flagNext) != 0:
		return fmt.Errorf("%w: it is cabinet %d of a set (before it: %q, after it: %q); "+
			"extract the set from its first cabinet with expand or cabextract and use the files", ErrUnsupported, h.index+1, h.previous, h.next)
	case h.size > size:
		return corrupt("%d of its %d bytes are missing at the end; get the file again", h.size-size, h.size)
	case h.folderCount == 0 || h.fileCount == 0:
		return corrupt("it has %d folders and %d files", h.folderCount, h.fileCount)
	}
	return nil
}

func (s *scanner) header() (*header, error) {
	b, err := s.take(headerSize)
	if !bytes.HasPrefix(b, []byte(signature)) {
		if err != nil && !errors.Is(err, ErrCorrupt) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: it does not begin with %s", ErrNotCabinet, signature)
	}
	if err != nil {
		return nil, err
	}
	h := &header{
		size:        int64(le.Uint32(b[8:])),
		files:       int64(le.Uint32(b[16:])),
		minor:       b[24],
		major:       b[25],
		folderCount: int(le.Uint16(b[26:])),
		fileCount:   int(le.Uint16(b[28:])),
		flags:       le.Uint16(b[30:]),
		setID:       le.Uint16(b[32:]),
		index:       le.Uint16(b[34:]),
	}
	if err := s.reserves(h); err != nil {
		return nil, err
	}
	return h, s.neighbours(h)
}

// reserves reads how much space applications have where, and theirs here.
func (s *scanner) reserves(h *header) error {
	if h.flags&flagReserve == 0 {
		return nil
	}
	b, err := s.take(4)
	if err != nil {
		return err
	}
	size := int(le.Uint16(b))
	h.folderReserve, h.dataReserve = int(b[2]), int(b[3])
	h.reserve, err = s.keep(size)
	return err
}

// neighbours reads the names of the cabinets before and after this one.
func (s *scanner) neighbours(h *header) error {
	for _, n := range []struct {
		flag uint16
		name *string
	}{{flagPrevious, &h.previous}, {flagNext, &h.next}} {
		if h.flags&n.flag == 0 {
			continue
		}
		name, err := s.text()
		if err != nil {
			return err
		}
		*n.name = decodeName(name, false)
		if _, err := s.text(); err != nil { // the label of its disk
			return err
		}
	}
	return nil
}

func (s *scanner) folder(reserve int) (*Folder, error) {
	b, err := s.take(folderSize)
	if err != nil {
		return nil, err
	}
	f := &Folder{
		Compression: Compression(le.Uint16(b[6:])),
		Blocks:      int(le.Uint16(b[4:])),
		offset:      int64(le.Uint32(b)),
	}
	f.Reserve, err = s.keep(reserve)
	return f, err
}
