package hive

// An allocator lays cells out in hive bins, one after the other.
type allocator struct {
	data []byte // the hive bins so far; the last one is not closed
	bin  int    // where the last bin starts
	end  int    // where it ends
}

// alloc appends an allocated cell for n bytes of content, zeroed, and returns
// its offset. A cell lies within one bin; what it leaves free at the end of the
// last one becomes an unallocated cell.
func (a *allocator) alloc(n int) uint32 {
	size := (n + cellHeader + 7) &^ 7
	if len(a.data)+size > a.end {
		a.close()
		a.open(size)
	}
	at := len(a.data)
	a.data = append(a.data, make([]byte, size)...)
	le.PutUint32(a.data[at:], uint32(-size))
	return uint32(at)
}

// store is alloc for content that is known.
func (a *allocator) store(content []byte) uint32 {
	at := a.alloc(len(content))
	copy(a.content(at), content)
	return at
}

// content returns the bytes of a cell from its content to the end of the bins,
// valid until the next alloc.
func (a *allocator) content(cell uint32) []byte { return a.data[cell+cellHeader:] }

// open begins a bin that has room for a cell.
func (a *allocator) open(size int) {
	a.bin = len(a.data)
	length := (binHeader + size + pageSize - 1) &^ (pageSize - 1)
	a.end = a.bin + length
	var head [binHeader]byte
	copy(head[:], "hbin")
	le.PutUint32(head[4:], uint32(a.bin))
	le.PutUint32(head[8:], uint32(length))
	a.data = append(a.data, head[:]...)
}

// close fills the last bin up. All cells are multiples of 8 bytes, so any rest
// can be a cell.
func (a *allocator) close() {
	free := a.end - len(a.data)
	if free == 0 {
		return
	}
	at := len(a.data)
	a.data = append(a.data, make([]byte, free)...)
	le.PutUint32(a.data[at:], uint32(free))
}
