package hive

// Layout of hive bins and cells (regf "Hive bin", "Cell").
const (
	pageSize   = 4096
	binHeader  = 32
	cellHeader = 4
	noCell     = 0xffffffff // an offset that points nowhere
)

// bins is the part of a hive after the base block, with the extent of the bin
// that every page belongs to.
type bins struct {
	data  []byte
	first []uint32 // by page: offset of its bin's first cell, 0 if in no bin
	end   []uint32 // by page: offset of its bin's end
}

// newBins maps the bins of at most size bytes of data. Broken bins are passed
// over page by page and reported.
func newBins(data []byte, size uint32, report func(*Fault)) bins {
	if uint64(len(data)) < uint64(size) {
		report(faultf(noCell, "file is cut off: the hive bins need %d bytes and it has %d", size, len(data)))
	} else {
		data = data[:size]
	}
	pages := (len(data) + pageSize - 1) / pageSize
	b := bins{data: data, first: make([]uint32, pages), end: make([]uint32, pages)}
	for page := 0; page < pages; {
		page += b.bin(page, report)
	}
	return b
}

// bin maps the bin at a page and returns how many pages to go on by.
func (b *bins) bin(page int, report func(*Fault)) int {
	start := page * pageSize
	head := b.data[start:]
	if len(head) < binHeader || string(head[:4]) != "hbin" {
		report(faultf(uint32(start), "no hive bin here"))
		return 1
	}
	at, size := le.Uint32(head[4:]), le.Uint32(head[8:])
	if at != uint32(start) || size == 0 || size%pageSize != 0 {
		report(faultf(uint32(start), "hive bin says it is at %#x and has %#x bytes", at, size))
		return 1
	}
	if uint64(size) > uint64(len(head)) {
		report(faultf(uint32(start), "hive bin of %#x bytes is cut off at %#x", size, len(head)))
		size = uint32(len(head))
	}
	n := int((size + pageSize - 1) / pageSize)
	for i := range n {
		b.first[page+i] = uint32(start + binHeader)
		b.end[page+i] = uint32(start) + size
	}
	return n
}

// cell returns the content of the allocated cell at an offset.
func (b *bins) cell(offset uint32) ([]byte, *Fault) {
	page := int(offset / pageSize)
	if page >= len(b.end) || b.end[page] == 0 {
		return nil, faultf(offset, "cell is outside of the hive bins")
	}
	end := b.end[page]
	if offset%8 != 0 || offset < b.first[page] || end-offset < 2*cellHeader {
		return nil, faultf(offset, "cell offset is not that of a cell")
	}
	size := int32(le.Uint32(b.data[offset:]))
	if size >= 0 {
		return nil, faultf(offset, "cell is not allocated")
	}
	if n := -int64(size); n < 2*cellHeader || n > int64(end-offset) {
		return nil, faultf(offset, "cell of %d bytes does not fit in its hive bin", n)
	}
	stop := offset + uint32(-int64(size))
	return b.data[offset+cellHeader : stop : stop], nil
}

// record returns the content of a cell that has a signature and at least size
// bytes.
func (b *bins) record(offset uint32, signature string, size int) ([]byte, *Fault) {
	c, fault := b.cell(offset)
	switch {
	case fault != nil:
		return nil, fault
	case string(c[:2]) != signature:
		return nil, faultf(offset, "cell begins with %q instead of %q", c[:2], signature)
	case len(c) < size:
		return nil, faultf(offset, "%s cell has %d bytes, %d are needed", signature, len(c), size)
	}
	return c, nil
}
