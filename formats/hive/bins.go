package hive

// Layout of hive bins and cells (regf "Hive bin", "Cell").
const (
	pageSize   = 4096
	binHeader  = 32
	cellHeader = 4
	maxCell    = 1 << 20    // Windows takes no larger one, and drops what is in it
	noCell     = 0xffffffff // an offset that points nowhere
)

// bins is the part of a hive after the base block, with the extent of the bin
// that every page belongs to.
type bins struct {
	data  []byte
	first []uint32 // by page: offset of its bin's first cell, 0 if in no bin
	end   []uint32 // by page: offset of its bin's end
}

// newBins maps the bins of at most size bytes of data. Where there is no valid
// bin it reports that and goes on with the next page that begins one.
func newBins(data []byte, size uint32, report func(*Fault)) bins {
	if uint64(len(data)) < uint64(size) {
		report(faultf(noCell, "file is cut off: the hive bins need %d bytes and it has %d", size, len(data)))
	} else {
		data = data[:size]
	}
	pages := (len(data) + pageSize - 1) / pageSize
	b := bins{data: data, first: make([]uint32, pages), end: make([]uint32, pages)}
	for at := 0; at < len(data); {
		size := binSize(data, at)
		if size == 0 {
			end := at + pageSize
			for end < len(data) && binSize(data, end) == 0 {
				end += pageSize
			}
			report(faultf(uint32(at), "no valid hive bin here and in the next %d bytes", min(end, len(data))-at))
			at = end
			continue
		}
		if at+size > len(data) {
			report(faultf(uint32(at), "hive bin of %d bytes is cut off after %d", size, len(data)-at))
			size = len(data) - at
		}
		b.mark(at, at+size)
		at += size
	}
	return b
}

// mark notes that a bin takes the pages of an extent.
func (b *bins) mark(start, end int) {
	for page := start / pageSize; page*pageSize < end; page++ {
		b.first[page] = uint32(start + binHeader)
		b.end[page] = uint32(end)
	}
}

// binSize returns the size of the bin at an offset of the hive bins as its
// header has it, or 0 if there is no valid header.
func binSize(data []byte, at int) int {
	head := data[at:]
	if len(head) < binHeader || string(head[:4]) != "hbin" || le.Uint32(head[4:]) != uint32(at) {
		return 0
	}
	size := le.Uint32(head[8:])
	if size%pageSize != 0 || size > MaxSize {
		return 0
	}
	return int(size)
}

// binsExtent returns how far valid bins go from the beginning on, for a hive
// whose base block can't be trusted to say it.
func binsExtent(data []byte) uint32 {
	at := 0
	for at < min(len(data), MaxSize) {
		size := binSize(data, at)
		if size == 0 {
			break
		}
		at += size
	}
	return uint32(min(at, len(data), MaxSize))
}

// cell returns the content of the allocated cell at an offset.
func (b *bins) cell(offset uint32) ([]byte, *Fault) {
	page := int(offset / pageSize)
	if page >= len(b.end) || b.end[page] == 0 {
		return nil, faultf(offset, "cell is outside of the hive bins")
	}
	end := b.end[page]
	if offset%8 != 0 || offset < b.first[page] || uint64(offset)+2*cellHeader > uint64(end) {
		return nil, faultf(offset, "cell offset is not that of a cell")
	}
	size := int32(le.Uint32(b.data[offset:]))
	if size >= 0 {
		return nil, faultf(offset, "cell is not allocated")
	}
	if n := -int64(size); n < 2*cellHeader || n > int64(end-offset) {
		return nil, faultf(offset, "cell of %d bytes does not fit in its hive bin", n)
	}
	if size < -maxCell {
		return nil, faultf(offset, "cell of %d bytes is larger than the %d that Windows reads", -int64(size), maxCell)
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
