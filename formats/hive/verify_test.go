package hive

import (
	"bytes"
	"testing"

	"github.com/gildhq/gild/formats/nt"
)

// A verifier checks a hive file cell by cell against the specification,
// without the package's reader: that cells fill the bins, that every allocated
// cell is referred to exactly once, and that all that is derived is right.
type verifier struct {
	testing.TB
	data  []byte
	minor uint32
	used  map[uint32]bool // allocated cells: whether they were referred to
	sk    map[uint32]uint32
}

// verify checks a whole hive file.
func verify(t testing.TB, file []byte) {
	t.Helper()
	base := baseBlock(file[:baseSize])
	if !base.sealed() || !base.settled() || int(base.field(baseBinsSize)) != len(file)-baseSize {
		t.Fatal("base block is wrong")
	}
	v := &verifier{TB: t, data: file[baseSize:], minor: base.field(baseMinor), used: map[uint32]bool{}, sk: map[uint32]uint32{}}
	v.cells()
	v.key(base.field(baseRoot), noCell)
	v.ring()
	for cell, used := range v.used {
		if !used {
			t.Errorf("cell %#x is allocated and not referred to", cell)
		}
	}
}

func (v *verifier) u32(at uint32) uint32 { return le.Uint32(v.data[at:]) }
func (v *verifier) u16(at uint32) uint32 { return uint32(le.Uint16(v.data[at:])) }

func (v *verifier) cells() {
	for bin := uint32(0); bin < uint32(len(v.data)); {
		size := v.u32(bin + 8)
		if string(v.data[bin:bin+4]) != "hbin" || v.u32(bin+4) != bin || size == 0 || size%pageSize != 0 {
			v.Fatalf("bin %#x is wrong", bin)
		}
		at := bin + binHeader
		for at < bin+size {
			n := int32(v.u32(at))
			if n < 0 {
				v.used[at] = false
				n = -n
			}
			if n == 0 || n%8 != 0 {
				v.Fatalf("cell %#x has size %d", at, n)
			}
			at += uint32(n)
		}
		if at != bin+size {
			v.Fatalf("cells of bin %#x end at %#x", bin, at)
		}
		bin += size
	}
}

// take refers to a cell and returns where its content begins.
func (v *verifier) take(cell uint32) uint32 {
	used, ok := v.used[cell]
	if !ok || used {
		v.Fatalf("cell %#x: allocated %v, referred to before %v", cell, ok, used)
	}
	v.used[cell] = true
	return cell + 4
}

func (v *verifier) name(at, length uint32, compressed bool) string {
	if compressed {
		return decodeLatin1(v.data[at : at+length])
	}
	return nt.DecodeUTF16(v.data[at : at+length])
}

// sizes are the derived fields that a key's parent repeats.
type sizes struct{ name, class uint32 }

func (v *verifier) key(cell, parent uint32) (string, sizes) {
	at := v.take(cell)
	if v.u32(at+16) != parent || string(v.data[at:at+2]) != "nk" {
		v.Errorf("key %#x has parent %#x instead of %#x", cell, v.u32(at+16), parent)
	}
	if classLength := v.u16(at + 74); classLength > 0 {
		v.take(v.u32(at + 48))
	}
	v.sk[v.u32(at+44)]++
	v.values(at)
	var largest sizes
	last := ""
	for i, sub := range v.list(v.u32(at+20), v.u32(at+28)) {
		name, s := v.key(sub.cell, cell)
		if i > 0 && nt.Compare(last, name) >= 0 {
			v.Errorf("%q comes before %q", last, name)
		}
		if sub.lh != (v.minor > 4) || sub.lh && sub.hint != hashName(name) {
			v.Errorf("hash of %q is %#x", name, sub.hint)
		}
		last = name
		largest = sizes{max(largest.name, s.name), max(largest.class, s.class)}
	}
	if v.u16(at+52) != largest.name || v.u32(at+56) != largest.class {
		v.Errorf("key %#x: largest name %d instead of %d, class %d instead of %d", cell,
			v.u16(at+52), largest.name, v.u32(at+56), largest.class)
	}
	name := v.name(at+76, v.u16(at+72), v.u16(at+2)&0x20 != 0)
	return name, sizes{uint32(2 * len(units(name))), v.u16(at + 74)}
}

type listItem struct {
	cell, hint uint32
	lh         bool
}

func (v *verifier) list(count, cell uint32) (items []listItem) {
	if count == 0 {
		if cell != noCell {
			v.Error("empty subkey list")
		}
		return nil
	}
	leaves := []uint32{cell}
	if at := cell + 4; string(v.data[at:at+2]) == "ri" {
		v.take(cell)
		leaves = nil
		for i := range v.u16(at + 2) {
			leaves = append(leaves, v.u32(at+4+4*i))
		}
	}
	for _, leaf := range leaves {
		at := v.take(leaf)
		for i := range v.u16(at + 2) {
			items = append(items, listItem{v.u32(at + 4 + 8*i), v.u32(at + 8 + 8*i), string(v.data[at:at+2]) == "lh"})
		}
	}
	if uint32(len(items)) != count {
		v.Errorf("list of %d subkeys, count %d", len(items), count)
	}
	return items
}

func (v *verifier) values(key uint32) {
	count := v.u32(key + 36)
	if count == 0 {
		return
	}
	list := v.take(v.u32(key + 40))
	var maxName, maxData uint32
	for i := range count {
		at := v.take(v.u32(list + 4*i))
		if string(v.data[at:at+2]) != "vk" {
			v.Fatalf("no value at %#x", at)
		}
		name := v.name(at+20, v.u16(at+2), v.u16(at+16)&1 != 0)
		size := v.u32(at + 4)
		maxName = max(maxName, uint32(2*len(units(name))))
		maxData = max(maxData, size&^vkInline)
		if size&vkInline == 0 && v.u16(at+16)&2 == 0 {
			v.valueData(v.u32(at+8), size)
		}
	}
	if v.u32(key+60) != maxName || v.u32(key+64) != maxData {
		v.Errorf("key %#x: largest value name or data is wrong", key)
	}
}

func (v *verifier) valueData(cell, size uint32) {
	at := v.take(cell)
	if size <= 16344 || v.minor <= 3 {
		if room := -int32(v.u32(cell)) - 4; int64(room) < int64(size) {
			v.Errorf("data of %d bytes in a cell of %d", size, room)
		}
		return
	}
	if !bytes.Equal(v.data[at:at+2], []byte("db")) || v.u16(at+2) != (size+16343)/16344 {
		v.Fatalf("no big data at %#x", cell)
	}
	list := v.take(v.u32(at + 4))
	for i := range v.u16(at + 2) {
		v.take(v.u32(list + 4*i))
	}
}

// ring checks the key security cells and their reference counts.
func (v *verifier) ring() {
	var start uint32
	for start = range v.sk {
		break
	}
	cell := start
	for range v.sk {
		at := v.take(cell)
		if v.u32(at+12) != v.sk[cell] || v.u32(v.u32(at+4)+4+8) != cell {
			v.Errorf("key security %#x: %d references instead of %d, or links are wrong", cell, v.u32(at+12), v.sk[cell])
		}
		cell = v.u32(at + 4)
	}
	if cell != start {
		v.Error("key security cells are no ring")
	}
}
