package hive

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// seedHive is a small hive that has one of everything.
func seedHive(t testing.TB, minor int, sizes ...int) []byte {
	h := New(NewOptions{Minor: minor})
	for _, path := range []string{`a\b`, `a\ключ`, "c"} {
		k := must(h.Root().CreateSubkey(path, 1))(t)
		for _, n := range append(sizes, 0, 3, 9) {
			if err := k.Set(path[:1]+string(rune('0'+n%10)), RegBinary, make([]byte, n), 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.SetClass("class", 1); err != nil {
			t.Fatal(err)
		}
	}
	return mustWrite(t, h, WriteOptions{})
}

// checkAny reads what may be any hive: there is no panic, whatever can be read
// can be written, and what was written is sound and stays the same.
func checkAny(t *testing.T, h *Hive) {
	h.Check()
	o := WriteOptions{Sequence: 1, AllowDirty: true, AllowDamaged: true}
	out, err := h.Bytes(o)
	if err != nil {
		t.Fatal(err)
	}
	if len(out) > 4*(len(h.bins.data)+2*baseSize) {
		t.Fatalf("hive of %d bytes became %d", len(h.bins.data), len(out))
	}
	again := mustParse(t, out)
	if faults := again.Check(); len(faults) > 0 {
		t.Fatal(faults[0])
	}
	if !bytes.Equal(mustWrite(t, again, o), out) {
		t.Fatal("writing what was written gives other bytes")
	}
}

func FuzzParse(f *testing.F) {
	for minor := 3; minor <= 6; minor++ {
		f.Add(seedHive(f, minor))
	}
	f.Add(seedHive(f, 5, maxSegment+1))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := Parse(data); err == nil {
			checkAny(t, h)
		}
	})
}

func FuzzReplay(f *testing.F) {
	data, log := dirtyPair(f)
	f.Add(data, log, []byte{}, false)
	f.Add(data, log, log, true)
	old := baseBlock(bytes.Clone(data[:baseSector]))
	old.setField(baseType, typeLog)
	old.setField(baseSecondary, old.field(basePrimary))
	old.seal()
	vector := make([]byte, baseSector)
	copy(vector, "DIRT\xff")
	f.Add(data, append(append([]byte(old), vector...), data[baseSize:]...), []byte{}, false)
	f.Fuzz(func(t *testing.T, data, log1, log2 []byte, seal bool) {
		if seal { // get past what only guards against chance
			reseal(log1)
			reseal(log2)
		}
		h, err := Open(data, log1, log2)
		if err == nil {
			checkAny(t, h)
		}
	})
}

// reseal makes the checksum and hashes of a log right.
func reseal(log []byte) {
	if len(log) < baseSector {
		return
	}
	baseBlock(log).seal()
	for at := baseSector; at+entryHeader <= len(log); {
		entry := log[at:]
		n := int(le.Uint32(entry[entrySize:]))
		if n < entryHeader || n > len(entry) {
			return
		}
		le.PutUint64(entry[entryHash1:], marvin32(entry[entryHeader:n]))
		le.PutUint64(entry[entryHash2:], marvin32(entry[:entryHash2]))
		at += n
	}
}

// TestMutations damages hives at random places: what fuzzing does, in a small
// way and the same each time.
func TestMutations(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for minor := 3; minor <= 6; minor++ {
		seed := seedHive(t, minor)
		for range 1000 {
			data := bytes.Clone(seed)
			for range 1 + random.IntN(4) {
				at := baseSize + random.IntN(len(data)-baseSize-4)
				switch random.IntN(3) {
				case 0:
					data[at] ^= 1 << random.IntN(8)
				case 1:
					le.PutUint32(data[at&^3:], random.Uint32()>>random.IntN(32))
				case 2: // another cell, mostly
					le.PutUint32(data[at&^3:], uint32(random.IntN(len(data)))&^7)
				}
			}
			if h, err := Parse(data); err == nil {
				checkAny(t, h)
			} else if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
		}
	}
}
