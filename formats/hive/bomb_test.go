package hive

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// bomb is a hive of n key nodes that overlap, 16 bytes apart, each with a name
// of 512 bytes.
func bomb(t *testing.T, n int) []byte {
	file := mustWrite(t, New(NewOptions{}), WriteOptions{})
	bin := len(file) - baseSize
	size := (binHeader + 24*n + 4096 + pageSize - 1) / pageSize * pageSize
	file = append(file, make([]byte, size)...)
	baseBlock(file).setField(baseBinsSize, uint32(bin+size))
	baseBlock(file).seal()

	bins := file[baseSize:]
	put := func(at, v int) { le.PutUint32(bins[at:], uint32(int32(v))) }
	copy(bins[bin:], "hbin")
	put(bin+4, bin)
	put(bin+8, size)
	list := bin + binHeader
	put(list, -(8 + 8*n))
	copy(bins[list+4:], "lh")
	le.PutUint16(bins[list+6:], uint16(n))
	for i := range n {
		cell := list + 8 + 8*n + 16*i
		put(list+8+8*i, cell)
		put(cell, -600)
		copy(bins[cell+4:], "nk\x20\x00")
		put(cell+12, 512)
	}
	root := int(baseBlock(file).field(baseRoot)) + cellHeader
	put(root+nkSubkeyCount, n)
	put(root+nkSubkeyList, list)
	return file
}

// TestBomb: cells that overlap don't blow a small file up.
func TestBomb(t *testing.T) {
	file := bomb(t, 20000)
	h := mustParse(t, file)
	faults := h.Check()
	if n := len(faults); n == 0 || !strings.Contains(faults[n-1].Error(), "overlap") {
		t.Fatalf("%d faults", n)
	}
	if h.claimed > len(file) || len(h.root.subkeys) > len(file)/nkHeader {
		t.Errorf("a file of %d bytes gives %d keys of %d bytes", len(file), len(h.root.subkeys), h.claimed)
	}
	checkAny(t, h)
}

// TestLoop: a key that is its own subkey is a fault.
func TestLoop(t *testing.T) {
	h := New(NewOptions{})
	must(h.Root().CreateSubkey("x", 1))(t)
	file := mustWrite(t, h, WriteOptions{})
	root := file[baseSize+le.Uint32(file[baseRoot:])+cellHeader:]
	list := file[baseSize+le.Uint32(root[nkSubkeyList:])+cellHeader:]
	le.PutUint32(list[4:], le.Uint32(file[baseRoot:]))
	h = mustParse(t, file)
	if faults := h.Check(); len(faults) != 1 || !strings.Contains(faults[0].Error(), "belongs to another key") {
		t.Errorf("faults: %v", faults)
	}
	if _, err := h.Root().Subkey("x"); err == nil || !strings.Contains(err.Error(), "belongs to another key") {
		t.Errorf("a key that damage hides: %v", err)
	}
}

// TestSharedLists: keys that all have the same long list of subkeys or values
// cost no more than one.
func TestSharedLists(t *testing.T) {
	for _, field := range []struct{ count, list int }{{nkSubkeyCount, nkSubkeyList}, {nkValueCount, nkValueList}} {
		bins, root := sharedList(3000, 60000, field.count, field.list)
		faults := openBins(t, bins, root).Check()
		if n := len(faults); n == 0 || n > maxFaults {
			t.Errorf("%d faults", n)
		}
	}
}

// sharedList is the bins of a hive with n keys below the root, which all have one
// list of m elements.
func sharedList(n, m, countField, listField int) (data []byte, root uint32) {
	a := &allocator{}
	key := func(name string, countField, count, listField int, list uint32) uint32 {
		cell := a.alloc(nkHeader + len(name))
		nk := a.content(cell)
		copy(nk, "nk")
		le.PutUint16(nk[nkFlags:], uint16(FlagCompName))
		le.PutUint32(nk[countField:], uint32(count))
		le.PutUint32(nk[listField:], list)
		le.PutUint32(nk[nkSecurity:], noCell)
		le.PutUint16(nk[nkNameLength:], uint16(len(name)))
		copy(nk[nkHeader:], name)
		return cell
	}
	leaf := func(n int) uint32 {
		cell := a.alloc(4 + 4*n)
		copy(a.content(cell), "li")
		le.PutUint16(a.content(cell)[2:], uint16(n))
		return cell
	}
	a.open(cellHeader)
	shared, keys := leaf(m), leaf(n)
	for i := range n {
		cell := key(fmt.Sprintf("%04d", i), countField, m, listField, shared)
		le.PutUint32(a.content(keys)[4+4*i:], cell)
	}
	root = key("ROOT", nkSubkeyCount, n, nkSubkeyList, keys)
	a.close()
	return a.data, root
}

// openBins parses a hive that has these bins.
func openBins(t *testing.T, bins []byte, root uint32) *Hive {
	t.Helper()
	base := New(NewOptions{}).base
	base.setField(baseRoot, root)
	base.setField(baseBinsSize, uint32(len(bins)))
	base.seal()
	h, err := Parse(slices.Concat([]byte(base), bins))
	if err != nil {
		t.Fatal(err)
	}
	return h
}
