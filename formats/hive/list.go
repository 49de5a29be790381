package hive

import (
	"slices"

	"github.com/gildhq/gild/formats/nt"
)

// minKeyCell is the least a key takes in the hive, for bounding counts.
const minKeyCell = cellHeader + nkHeader

// loadSubkeys decodes the key nodes of the subkey list.
func (d *decoder) loadSubkeys(k *Key) {
	nk := k.node()
	count := le.Uint32(nk[nkSubkeyCount:])
	if count == 0 {
		return
	}
	list := le.Uint32(nk[nkSubkeyList:])
	if int(k.depth)+1 >= MaxDepth {
		k.subkeysFault = d.report(k, faultf(list, "keys are nested deeper than %d", MaxDepth))
		return
	}
	cells, fault := d.subkeyCells(list)
	if fault != nil {
		k.subkeysFault = d.report(k, fault)
	} else if len(cells) != int(count) {
		k.subkeysFault = d.report(k, faultf(list, "list has %d subkeys, the key counts %d", len(cells), count))
	}
	d.decodeSubkeys(k, cells)
	d.checkOrder(k, list)
}

func (d *decoder) decodeSubkeys(k *Key, cells []uint32) {
	block := make([]Key, len(cells))
	k.subkeys = make([]*Key, 0, len(cells))
	for i, cell := range cells {
		sub := &block[i]
		sub.hive, sub.parent, sub.depth = k.hive, k, k.depth+1
		if fault := d.decode(sub, cell); fault != nil {
			d.report(k, fault)
			if k.subkeysFault == nil {
				k.subkeysFault = fault
			}
			continue
		}
		if parent := le.Uint32(sub.node()[nkParent:]); parent != k.cell {
			f := faultf(cell, "key node names the cell %#x as its parent instead of %#x", parent, k.cell)
			f.Harmless = true
			d.report(sub, f)
		}
		k.subkeys = append(k.subkeys, sub)
	}
}

// checkOrder sorts subkeys that are not, and finds those of equal names, of
// which Windows would see one only.
func (d *decoder) checkOrder(k *Key, list uint32) {
	byName := func(a, b *Key) int { return nt.Compare(a.name, b.name) }
	if !slices.IsSortedFunc(k.subkeys, byName) {
		f := faultf(list, "subkeys are not in order")
		f.Harmless = true
		d.report(k, f)
		slices.SortStableFunc(k.subkeys, byName)
	}
	for i := 1; i < len(k.subkeys); i++ {
		if byName(k.subkeys[i-1], k.subkeys[i]) == 0 {
			d.report(k.subkeys[i], faultf(k.subkeys[i].cell, "key of this name exists twice"))
		}
	}
}

// subkeyCells collects the cells of the key nodes from a subkey list or an
// index root (regf "Index root"). With a fault it returns what it has.
func (d *decoder) subkeyCells(list uint32) ([]uint32, *Fault) {
	c, fault := d.bins.cell(list)
	if fault != nil {
		return nil, fault
	}
	if string(c[:2]) != "ri" {
		return d.leafCells(nil, list)
	}
	n, fault := d.listLength(c, list, 4)
	var cells []uint32
	for i := range n {
		var leafFault *Fault
		cells, leafFault = d.leafCells(cells, le.Uint32(c[4+4*i:]))
		if fault == nil {
			fault = leafFault
		}
		if len(cells) > len(d.bins.data)/minKeyCell {
			return nil, faultf(list, "index root has more subkeys than fit in the hive")
		}
	}
	return cells, fault
}

// leafCells appends the cells of the key nodes from an index, fast or hash
// leaf.
func (d *decoder) leafCells(cells []uint32, list uint32) ([]uint32, *Fault) {
	c, fault := d.bins.cell(list)
	if fault != nil {
		return cells, fault
	}
	stride := 8
	switch string(c[:2]) {
	case "li":
		stride = 4
	case "lf", "lh":
	default:
		return cells, faultf(list, "subkey list begins with %q", c[:2])
	}
	n, fault := d.listLength(c, list, stride)
	for i := range n {
		cells = append(cells, le.Uint32(c[4+stride*i:]))
	}
	return cells, fault
}

// listLength returns the number of elements of a list, as many as its cell
// holds. A list that is gone through once more than the hive has room for is
// none: keys that share one would cost as much as they are keys.
func (d *decoder) listLength(c []byte, list uint32, stride int) (n int, fault *Fault) {
	n = int(le.Uint16(c[2:]))
	if room := (len(c) - 4) / stride; n > room {
		fault = faultf(list, "list of %d elements does not fit in its cell", n)
		n = room
	}
	if fault := d.claimSpace(list, 4+stride*n); fault != nil {
		return 0, fault
	}
	return n, fault
}
