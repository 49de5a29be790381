package wim

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

const (
	headerSize   = 208
	versionWIM   = 0x10d00
	versionSolid = 0xe00
)

var (
	magicWIM     = []byte("MSWIM\x00\x00\x00")
	magicPipable = []byte("WLPWM\x00\x00\x00")
)

// HeaderFlags are the flags of a WIM file's header [WIM, "Header"].
type HeaderFlags uint32

// The flags of [Header].
const (
	FlagCompression     HeaderFlags = 0x2
	FlagReadOnly        HeaderFlags = 0x4
	FlagSpanned         HeaderFlags = 0x8
	FlagResourceOnly    HeaderFlags = 0x10
	FlagMetadataOnly    HeaderFlags = 0x20
	FlagWriteInProgress HeaderFlags = 0x40 // a writer has not finished; the tables in the header still hold
	FlagRPFix           HeaderFlags = 0x80 // absolute link targets were made relative to the image
	FlagXPRESS          HeaderFlags = 0x20000
	FlagLZX             HeaderFlags = 0x40000
	FlagLZMS            HeaderFlags = 0x80000
)

// Header is what the first 208 bytes of a WIM file say.
type Header struct {
	Version     uint32
	Flags       HeaderFlags
	Compression Compression
	ChunkSize   int // bytes of content in a compressed chunk; 0 without compression
	GUID        GUID
	Part, Parts int // of a split WIM, which part this is, from 1, and how many there are
	ImageCount  int
	BootIndex   int // 1-based index of the image Windows PE boots; 0 for none

	blobTable, xml, bootMetadata, integrity resource
}

// parseHeader checks and decodes the header. Files that can't be read for
// what they are (solid, pipable) are refused with the remedy.
func parseHeader(b []byte) (Header, error) {
	var h Header
	if bytes.HasPrefix(b, magicPipable) {
		return h, fmt.Errorf("%w: pipable WIM files can't be read: "+
			"rewrite it with wimlib-imagex export <file> all <new file> --not-pipable", ErrUnsupported)
	}
	if len(b) < headerSize || !bytes.HasPrefix(b, magicWIM) {
		return h, fmt.Errorf("%w: it does not start with a WIM header", ErrNotWIM)
	}
	le := binary.LittleEndian
	if n := le.Uint32(b[8:]); n < headerSize {
		return h, fmt.Errorf("%w: header of %d bytes where %d are needed", ErrCorrupt, n, headerSize)
	}
	h.Version = le.Uint32(b[12:])
	h.Flags = HeaderFlags(le.Uint32(b[16:]))
	h.ChunkSize = int(le.Uint32(b[20:]))
	copy(h.GUID[:], b[24:])
	h.Part, h.Parts = int(le.Uint16(b[40:])), int(le.Uint16(b[42:]))
	h.ImageCount = int(le.Uint32(b[44:]))
	h.blobTable = parseResource(b[48:])
	h.xml = parseResource(b[72:])
	h.bootMetadata = parseResource(b[96:])
	h.BootIndex = int(le.Uint32(b[120:]))
	h.integrity = parseResource(b[124:])
	return h, h.check()
}

func (h *Header) check() error {
	switch {
	case h.Flags&FlagLZMS != 0:
		return nil // what it holds says how it is refused
	case h.Version != versionWIM && h.Version != versionSolid:
		return fmt.Errorf("%w: version %#x, where %#x is known", ErrUnsupported, h.Version, versionWIM)
	}
	return h.checkCompression()
}

func (h *Header) checkCompression() error {
	kinds := h.Flags & (FlagXPRESS | FlagLZX)
	switch {
	case h.Flags&FlagCompression == 0:
		h.Compression, h.ChunkSize = None, 0
		return nil
	case kinds == FlagXPRESS:
		h.Compression = XPRESS
	case kinds == FlagLZX:
		h.Compression = LZX
	default:
		return fmt.Errorf("%w: header flags %#x name no single compression", ErrCorrupt, uint32(h.Flags))
	}
	if h.ChunkSize == 0 {
		h.ChunkSize = DefaultChunkSize
	}
	if err := h.Compression.checkChunkSize(h.ChunkSize); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return nil
}

// refusal is why a file that holds no solid resource, which are refused where they
// stand, can't be read all the same.
func (h *Header) refusal() error {
	switch {
	case h.Flags&FlagLZMS != 0:
		return fmt.Errorf("%w: its chunks are compressed with LZMS, which can't be read yet: %s", ErrUnsupported, exportLZX)
	case h.Version != versionWIM:
		return errSolid()
	}
	return nil
}

const exportLZX = "export it with dism /Export-Image /Compress:max or wimlib-imagex export --compress=LZX"

func errSolid() error {
	return fmt.Errorf("%w: solid (ESD) resources can't be read yet: %s", ErrUnsupported, exportLZX)
}

// bytes encodes the header.
func (h *Header) bytes() []byte {
	b := make([]byte, headerSize)
	le := binary.LittleEndian
	copy(b, magicWIM)
	le.PutUint32(b[8:], headerSize)
	le.PutUint32(b[12:], h.Version)
	le.PutUint32(b[16:], uint32(h.Flags))
	le.PutUint32(b[20:], uint32(h.ChunkSize))
	copy(b[24:], h.GUID[:])
	le.PutUint16(b[40:], uint16(h.Part))
	le.PutUint16(b[42:], uint16(h.Parts))
	le.PutUint32(b[44:], uint32(h.ImageCount))
	h.blobTable.put(b[48:])
	h.xml.put(b[72:])
	h.bootMetadata.put(b[96:])
	le.PutUint32(b[120:], uint32(h.BootIndex))
	h.integrity.put(b[124:])
	return b
}
