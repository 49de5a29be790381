package hive

import (
	"slices"

	"github.com/gildhq/gild/formats/nt"
)

// valueCount is what the key node's value count field holds, which for a
// predefined handle is the handle.
func (w *writer) valueCount(k *Key) uint32 {
	if k.flags&FlagPredefHandle != 0 && k.cell != noCell {
		return le.Uint32(k.node()[nkValueCount:])
	}
	return uint32(len(readable(k)))
}

// readable returns the values whose data could be read.
func readable(k *Key) []Value {
	values := k.values.list()
	if !slices.ContainsFunc(values, unreadable) {
		return values
	}
	return slices.DeleteFunc(slices.Clone(values), unreadable)
}

func unreadable(v Value) bool { return v.fault != nil }

// values writes the values of a key and the list of them. It returns the list
// and the sizes in bytes of the longest name, as UTF-16, and of the largest data.
func (w *writer) values(k *Key) (list uint32, maxName, maxData int) {
	values := readable(k)
	if len(values) == 0 {
		return noCell, 0, 0
	}
	list = w.alloc(4 * len(values))
	for i := range values {
		v := &values[i]
		cell := w.value(v)
		le.PutUint32(w.content(list)[4*i:], cell)
		maxName = max(maxName, 2*nt.UTF16Len(v.Name))
		maxData = max(maxData, len(v.Data))
	}
	return list, maxName, maxData
}

func (w *writer) value(v *Value) uint32 {
	name, compressed := encodeName(w.name[:0], v.Name)
	w.name = name
	flags := v.flags &^ vkCompName
	if compressed && len(name) > 0 {
		flags |= vkCompName
	}
	cell := w.alloc(vkHeader + len(name))
	size, at := w.valueData(v)
	vk := w.content(cell)
	copy(vk, "vk")
	le.PutUint16(vk[vkNameLength:], uint16(len(name)))
	le.PutUint32(vk[vkSize:], size)
	le.PutUint32(vk[vkData:], at)
	le.PutUint32(vk[vkType:], uint32(v.Type))
	le.PutUint16(vk[vkFlags:], flags)
	copy(vk[vkHeader:], name)
	return cell
}

// valueData writes a value's data and returns the size and data fields.
func (w *writer) valueData(v *Value) (size, at uint32) {
	switch n := len(v.Data); {
	case n == 0 && v.Tombstone():
		return 0, noCell
	case n <= 4:
		var field [4]byte
		copy(field[:], v.Data)
		return uint32(n) | vkInline, le.Uint32(field[:])
	case n > maxSegment && w.hive.Minor() > 3:
		return uint32(n), w.bigData(v.Data)
	default:
		return uint32(n), w.store(v.Data)
	}
}

// bigData writes data in segments. Every segment has a cell of the full size,
// the last one too, with 4 bytes to spare, as Windows does it: readers have
// come to count on that.
func (w *writer) bigData(data []byte) uint32 {
	n := (len(data) + maxSegment - 1) / maxSegment
	cell := w.alloc(8)
	list := w.alloc(4 * n)
	db := w.content(cell)
	copy(db, "db")
	le.PutUint16(db[2:], uint16(n))
	le.PutUint32(db[4:], list)
	for i := range n {
		at := i * maxSegment
		segment := w.alloc(maxSegment + 4)
		copy(w.content(segment), data[at:min(at+maxSegment, len(data))])
		le.PutUint32(w.content(list)[4*i:], segment)
	}
	return cell
}
