package hive

import "github.com/gildhq/gild/formats/nt"

// maxLeaf is how many subkeys one leaf holds, so that it fits in one page with
// 8 bytes for each, as in Windows; more are divided up by an index root.
const maxLeaf = (pageSize - binHeader - 2*cellHeader) / 8

// A writer lays a tree out in cells, each key before those below it.
type writer struct {
	allocator
	hive        *Hive
	descriptors map[string]int // by content: index in security
	security    []securityCell // in order of first use
	name        []byte         // scratch for encoding
}

type securityCell struct {
	cell, references uint32
}

func newWriter(h *Hive) *writer {
	w := &writer{hive: h, descriptors: map[string]int{}}
	w.data = make([]byte, 0, len(h.bins.data)+len(h.bins.data)/32+pageSize)
	return w
}

// key writes a key with all below it and returns its cell.
func (w *writer) key(k *Key, parent uint32) uint32 {
	name, compressed := encodeName(w.name[:0], k.name)
	flags := k.flags &^ (FlagCompName | FlagVolatile | FlagHiveExit)
	if compressed {
		flags |= FlagCompName
	}
	length := len(name)
	cell := w.alloc(nkHeader + length)
	copy(w.content(cell)[nkHeader:], name)
	w.name = name
	security, class := w.descriptor(readableSecurity(k)), w.optional(k.class)
	values, maxName, maxData := w.values(k)
	subkeys, list := w.subkeys(k, cell)

	nk := w.content(cell)
	copy(nk, "nk")
	le.PutUint16(nk[nkFlags:], uint16(flags))
	le.PutUint64(nk[nkWritten:], uint64(k.written))
	le.PutUint32(nk[nkAccess:], k.access)
	le.PutUint32(nk[nkParent:], parent)
	le.PutUint32(nk[nkSubkeyCount:], uint32(len(subkeys)))
	le.PutUint32(nk[nkSubkeyList:], list)
	le.PutUint32(nk[nkVolatileList:], noCell)
	le.PutUint32(nk[nkValueCount:], w.valueCount(k))
	le.PutUint32(nk[nkValueList:], values)
	le.PutUint32(nk[nkSecurity:], security)
	le.PutUint32(nk[nkClass:], class)
	subName, subClass := largest(subkeys)
	le.PutUint16(nk[nkMaxSubkey:], uint16(subName))
	le.PutUint16(nk[nkControl:], k.control)
	le.PutUint32(nk[nkMaxClass:], uint32(subClass))
	le.PutUint32(nk[nkMaxName:], uint32(maxName))
	le.PutUint32(nk[nkMaxData:], uint32(maxData))
	le.PutUint16(nk[nkNameLength:], uint16(length))
	le.PutUint16(nk[nkClassLength:], uint16(len(k.class)))
	return cell
}

// largest returns the sizes of the longest name and class among keys, in bytes
// of UTF-16.
func largest(keys []*Key) (name, class int) {
	for _, k := range keys {
		name = max(name, 2*nt.UTF16Len(k.name))
		class = max(class, len(k.class))
	}
	return name, class
}

// optional stores content if there is any.
func (w *writer) optional(content []byte) uint32 {
	if len(content) == 0 {
		return noCell
	}
	return w.store(content)
}

// subkeys writes the keys below one, and the list of them. It returns the keys
// that were written: stable ones, one of each name.
func (w *writer) subkeys(k *Key, cell uint32) ([]*Key, uint32) {
	keys := make([]*Key, 0, len(k.subkeys))
	cells := make([]uint32, 0, len(k.subkeys))
	for _, sub := range k.subkeys {
		twice := len(keys) > 0 && nt.Compare(keys[len(keys)-1].name, sub.name) == 0
		if sub.flags&FlagVolatile != 0 || twice {
			continue
		}
		keys = append(keys, sub)
		cells = append(cells, w.key(sub, cell))
	}
	return keys, w.index(keys, cells)
}

// index writes a subkey list: nothing, a leaf, or an index root of leaves.
func (w *writer) index(keys []*Key, cells []uint32) uint32 {
	if len(keys) == 0 {
		return noCell
	}
	if len(keys) <= maxLeaf {
		return w.leaf(keys, cells)
	}
	var leaves []uint32
	for at := 0; at < len(keys); at += maxLeaf {
		end := min(at+maxLeaf, len(keys))
		leaves = append(leaves, w.leaf(keys[at:end], cells[at:end]))
	}
	root := w.alloc(4 + 4*len(leaves))
	ri := w.content(root)
	copy(ri, "ri")
	le.PutUint16(ri[2:], uint16(len(leaves)))
	for i, leaf := range leaves {
		le.PutUint32(ri[4+4*i:], leaf)
	}
	return root
}

// leaf writes a hash leaf, or the fast leaf of versions before 1.5.
func (w *writer) leaf(keys []*Key, cells []uint32) uint32 {
	cell := w.alloc(4 + 8*len(keys))
	list := w.content(cell)
	hashed := w.hive.Minor() > 4
	copy(list, "lf")
	if hashed {
		copy(list, "lh")
	}
	le.PutUint16(list[2:], uint16(len(keys)))
	for i, k := range keys {
		le.PutUint32(list[4+8*i:], cells[i])
		if hashed {
			le.PutUint32(list[8+8*i:], hashName(k.name))
		} else {
			putHint(list[8+8*i:12+8*i], k.name)
		}
	}
	return cell
}

// putHint fills in the hint of a fast leaf: the first four characters, nothing
// from the first on that has more than 8 bits (regf "Fast leaf").
func putHint(hint []byte, name string) {
	for i, c := range units(name) {
		if i == len(hint) || c > 0xff {
			return
		}
		hint[i] = byte(c)
	}
}

// readableSecurity returns the key's security descriptor or, if that can't be read,
// the one of the nearest key above that can.
func readableSecurity(k *Key) *descriptor {
	for k.securityFault != nil && k.parent != nil {
		k = k.parent
	}
	return k.security
}

// descriptor writes a security descriptor at its first use.
func (w *writer) descriptor(d *descriptor) uint32 {
	if d == nil {
		return noCell
	}
	i, ok := w.descriptors[string(d.data)]
	if !ok {
		cell := w.alloc(skHeader + len(d.data))
		sk := w.content(cell)
		copy(sk, "sk")
		le.PutUint32(sk[skSize:], uint32(len(d.data)))
		copy(sk[skHeader:], d.data)
		i = len(w.security)
		w.security = append(w.security, securityCell{cell: cell})
		w.descriptors[string(d.data)] = i
	}
	w.security[i].references++
	return w.security[i].cell
}

// linkDescriptors closes the ring of key security cells.
func (w *writer) linkDescriptors() {
	n := len(w.security)
	for i, s := range w.security {
		sk := w.content(s.cell)
		le.PutUint32(sk[skNext:], w.security[(i+1)%n].cell)
		le.PutUint32(sk[skPrevious:], w.security[(i+n-1)%n].cell)
		le.PutUint32(sk[skCount:], s.references)
	}
}
