package lz

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Copy must do what copying byte by byte does, for every overlap and at every
// distance from the end.
func TestCopy(t *testing.T) {
	for offset := 1; offset < 40; offset++ {
		for length := 1; length < 70; length++ {
			for _, room := range []int{0, 1, 7, CopySlack - 1, CopySlack, CopySlack + 9} {
				got := make([]byte, offset+length+room)
				for i := range offset {
					got[i] = byte(i + 1)
				}
				want := bytes.Clone(got)
				for i := range length {
					want[offset+i] = want[i]
				}
				Copy(got, offset, offset, length)
				if end := offset + length; !bytes.Equal(got[:end], want[:end]) {
					t.Fatalf("offset %d, length %d, room %d", offset, length, room)
				}
			}
		}
	}
}

// Whatever is found must be a match within the data, and the ways to look for
// it must agree.
func TestChains(t *testing.T) {
	const size = 1 << 12
	r := rand.New(rand.NewPCG(3, 4))
	data := make([]byte, size+Pad)
	for i := range data {
		data[i] = byte(r.IntN(3))
	}
	c := NewChains(size, 20, 40)
	c.Reset(data)
	longest := make([]int, size)
	for pos := range size {
		length, offset := c.Longest(pos, 2, size-pos, c.Depth)
		if offset != 0 {
			checkMatch(t, data, pos, length, offset)
			longest[pos] = length
		}
	}
	c.Reset(data)
	for pos := range size {
		last := 0
		for _, m := range c.Matches(nil, pos, size-pos) {
			checkMatch(t, data, pos, int(m.Length), int(m.Offset))
			if int(m.Length) <= last {
				t.Fatalf("position %d: length %d after %d", pos, m.Length, last)
			}
			last = int(m.Length)
		}
		if last != longest[pos] {
			t.Fatalf("position %d: longest matches of %d and %d bytes", pos, last, longest[pos])
		}
	}
}

func checkMatch(t *testing.T, data []byte, pos, length, offset int) {
	t.Helper()
	if offset > pos || pos+length > len(data)-Pad || !bytes.Equal(data[pos:pos+length], data[pos-offset:][:length]) {
		t.Fatalf("position %d: no match of length %d at offset %d", pos, length, offset)
	}
}
