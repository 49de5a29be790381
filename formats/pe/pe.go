// Package pe computes what an Authenticode signature says of a portable
// executable: the digest of its image, which leaves out what a signature changes.
//
// Sources: "PE Format", in Microsoft's documentation of Windows, and "Windows
// Authenticode Portable Executable Signature Format" (2008), "Calculating the PE
// Image Hash".
package pe

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// ErrFormat is the category of what is no portable executable, or one whose
// parts do not lie in it.
var ErrFormat = errors.New("not a portable executable")

const (
	peOffset      = 0x3c // of the offset of the signature PE\0\0
	headerSize    = 4 + 20
	sectionSize   = 40
	checksum      = 64 // in the optional header
	sizeOfHeaders = 60 // in the optional header
	magic32       = 0x10b
	magic64       = 0x20b
	directories32 = 96  // in the optional header of 32 bits
	directories64 = 112 // in that of 64 bits
	certificates  = 4   // index of the certificate table among the data directories
	maxHeaders    = 1 << 20
)

type extent struct{ start, end int64 }

// layout is where the parts of a file lie that matter for its digest.
type layout struct {
	checksum  int64 // of the field
	directory int64 // of the certificate table's entry; 0 when there is none
	headers   int64 // their end
	sections  []extent
	table     extent // the certificate table; empty when the file is not signed
}

// WriteImage writes to w what the digest of the image of a file is computed of,
// size bytes long: all but the checksum, the entry of the certificate table, and
// that table. A file without one is filled up with zeros to a multiple of 8 bytes,
// as it is when the table is added behind it.
func WriteImage(w io.Writer, r io.ReaderAt, size int64) error {
	l, err := parse(r, size)
	if err != nil {
		return err
	}
	buffer := make([]byte, 64<<10)
	write := func(start, end int64) error {
		if start >= end {
			return nil
		}
		_, err := io.CopyBuffer(struct{ io.Writer }{w}, io.NewSectionReader(r, start, end-start), buffer)
		return err
	}
	parts, summed := l.covered(size)
	for _, p := range parts {
		if err := write(p.start, p.end); err != nil {
			return err
		}
	}
	if l.table.end > l.table.start {
		return nil
	}
	_, err = w.Write(make([]byte, -summed&7))
	return err
}

// covered returns the parts that are hashed, in order, and how many bytes of the
// file were taken into account.
func (l *layout) covered(size int64) (parts []extent, summed int64) {
	parts = append(parts, extent{0, l.checksum})
	at := l.checksum + 4
	if l.directory > 0 {
		parts = append(parts, extent{at, l.directory})
		at = l.directory + 8
	}
	parts = append(parts, extent{at, l.headers})
	summed = l.headers
	for _, s := range l.sections {
		parts = append(parts, s)
		summed += s.end - s.start
	}
	end := size
	if l.table.end > l.table.start {
		end = size - (l.table.end - l.table.start)
	}
	if summed < end {
		parts = append(parts, extent{summed, end})
		summed = end
	}
	return parts, summed
}

func parse(r io.ReaderAt, size int64) (*layout, error) {
	var dos [peOffset + 4]byte
	if size < int64(len(dos)) {
		return nil, fmt.Errorf("%w: %d bytes", ErrFormat, size)
	}
	if _, err := r.ReadAt(dos[:], 0); err != nil {
		return nil, err
	}
	at := int64(binary.LittleEndian.Uint32(dos[peOffset:]))
	if string(dos[:2]) != "MZ" || at+headerSize > size {
		return nil, fmt.Errorf("%w: no header", ErrFormat)
	}
	header := make([]byte, min(size-at, headerSize+0xffff+0xffff*sectionSize, maxHeaders))
	if _, err := r.ReadAt(header, at); err != nil {
		return nil, err
	}
	if string(header[:4]) != "PE\x00\x00" {
		return nil, fmt.Errorf("%w: no signature at offset %d", ErrFormat, at)
	}
	sections := int(binary.LittleEndian.Uint16(header[6:]))
	optional := int(binary.LittleEndian.Uint16(header[20:]))
	if headerSize+optional > len(header) {
		return nil, fmt.Errorf("%w: the optional header is cut off", ErrFormat)
	}
	l := &layout{}
	if err := l.readOptional(header[headerSize:headerSize+optional], at+headerSize, size); err != nil {
		return nil, err
	}
	return l, l.readSections(header[headerSize+optional:], sections, size)
}

// readOptional reads the optional header, which lies at an offset.
func (l *layout) readOptional(data []byte, at, size int64) error {
	if len(data) < directories32 {
		return fmt.Errorf("%w: the optional header has %d bytes", ErrFormat, len(data))
	}
	first := directories32
	switch magic := binary.LittleEndian.Uint16(data); magic {
	case magic32:
	case magic64:
		first = directories64
	default:
		return fmt.Errorf("%w: the optional header's magic number is %#x", ErrFormat, magic)
	}
	l.checksum = at + checksum
	l.headers = int64(binary.LittleEndian.Uint32(data[sizeOfHeaders:]))
	entry := first + certificates*8
	if len(data) >= entry+8 && binary.LittleEndian.Uint32(data[first-4:]) > certificates {
		l.directory = at + int64(entry)
		start := int64(binary.LittleEndian.Uint32(data[entry:])) // of the file, unlike other entries
		l.table = extent{start, start + int64(binary.LittleEndian.Uint32(data[entry+4:]))}
	}
	switch {
	case l.headers < at+int64(len(data)) || l.headers > size:
		return fmt.Errorf("%w: the headers end at %d", ErrFormat, l.headers)
	case l.table.end > size || l.table.end > l.table.start && l.table.start < l.headers:
		return fmt.Errorf("%w: the certificate table is from %d to %d", ErrFormat, l.table.start, l.table.end)
	}
	return nil
}

func (l *layout) readSections(data []byte, count int, size int64) error {
	if count*sectionSize > len(data) {
		return fmt.Errorf("%w: the table of %d sections is cut off", ErrFormat, count)
	}
	for i := range count {
		s := data[i*sectionSize:]
		length, start := int64(binary.LittleEndian.Uint32(s[16:])), int64(binary.LittleEndian.Uint32(s[20:]))
		if length == 0 {
			continue
		}
		if start+length > size {
			return fmt.Errorf("%w: section %d ends at %d, behind the end of the file", ErrFormat, i+1, start+length)
		}
		l.sections = append(l.sections, extent{start, start + length})
	}
	slices.SortStableFunc(l.sections, func(a, b extent) int { return cmp.Compare(a.start, b.start) })
	// Sections that overlap would make the digest cost more than the file is long.
	for i := 1; i < len(l.sections); i++ {
		if l.sections[i].start < l.sections[i-1].end {
			return fmt.Errorf("%w: two sections overlap at %d", ErrFormat, l.sections[i].start)
		}
	}
	return nil
}
