package wim

import (
	"encoding/binary"
	"fmt"
)

// Flags of a resource header [WIM, "Resource header"].
const (
	resFree       = 0x01
	resMetadata   = 0x02
	resCompressed = 0x04
	resSpanned    = 0x08
	resSolid      = 0x10
)

const (
	resourceSize  = 24 // bytes of an encoded resource header
	blobEntrySize = 50 // bytes of an encoded blob table entry
)

// resource says where a run of bytes lies in the file and how it is stored.
type resource struct {
	stored int64 // bytes in the file
	flags  byte
	offset int64
	size   int64 // bytes of content
}

func parseResource(b []byte) resource {
	le := binary.LittleEndian
	v := le.Uint64(b)
	return resource{
		stored: int64(v & (1<<56 - 1)),
		flags:  byte(v >> 56),
		offset: int64(le.Uint64(b[8:])),
		size:   int64(le.Uint64(b[16:])),
	}
}

func (r resource) put(b []byte) {
	le := binary.LittleEndian
	le.PutUint64(b, uint64(r.stored)|uint64(r.flags)<<56)
	le.PutUint64(b[8:], uint64(r.offset))
	le.PutUint64(b[16:], uint64(r.size))
}

func (r resource) end() int64 { return r.offset + r.stored }

// check reports what is wrong with r in a file of the given size.
func (r resource) check(fileSize int64) error {
	switch {
	case r.flags&resSolid != 0:
		return errSolid()
	case r.offset < 0 || r.offset > fileSize || r.stored > fileSize-r.offset:
		return fmt.Errorf("%w: a resource of %d bytes at offset %d lies beyond the end of the file (%d bytes): "+
			"the file is cut short or damaged", ErrCorrupt, r.stored, r.offset, fileSize)
	case r.size < 0:
		return fmt.Errorf("%w: the resource at offset %d announces an impossible size", ErrCorrupt, r.offset)
	case r.flags&resCompressed == 0 && r.size != r.stored:
		return fmt.Errorf("%w: the uncompressed resource at offset %d has %d bytes but announces %d",
			ErrCorrupt, r.offset, r.stored, r.size)
	}
	return nil
}
