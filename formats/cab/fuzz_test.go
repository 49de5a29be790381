package cab

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"testing"
)

// lzxBlock is a frame of LZX for the 4 bytes "gild": no translation, then an
// uncompressed block of 4 bytes with the recent offsets 1.
const lzxBlock = "\x00\x30\x40\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00gild"

// lzxSample is a cabinet of that frame.
func lzxSample(t testing.TB) []byte {
	data := testCabinet{folders: []testFolder{{Stored, []testFile{{name: "gild", content: []byte("gild")}}}}}.build(t)
	head := data[:len(data)-4]
	le.PutUint16(head[headerSize+4+6:], uint16(LZX|15<<8))
	le.PutUint16(head[len(head)-4:], uint16(len(lzxBlock)))
	le.PutUint32(head[8:], uint32(len(head)+len(lzxBlock)))
	return append(head, lzxBlock...)
}

func TestLZXFrame(t *testing.T) {
	got, err := io.ReadAll(open(t, lzxSample(t)).Files[0].Open())
	if err != nil || string(got) != "gild" {
		t.Errorf("%q: %v", got, err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(sample(true, 100).build(f))
	f.Add(sample(false, 100).build(f))
	f.Add(lzxSample(f))
	small := testCabinet{folders: []testFolder{{MSZIP, []testFile{{name: "a", content: pattern(300, 1)}, {name: "b"}}}}}
	f.Add(small.build(f))
	f.Fuzz(checkAny)
}

// maxRead is how much content of what may be a bomb is looked at.
const maxRead = 4 << 20

// checkAny reads what may be a cabinet. There is no panic, every error is of
// a category, and paths stay inside.
func checkAny(t *testing.T, data []byte) {
	r, err := NewReader(bytes.NewReader(data), int64(len(data)), "test.cab")
	checkError(t, err)
	if err != nil {
		return
	}
	left := int64(maxRead)
	for f, c := range r.Contents() {
		if p := f.Path(); !fs.ValidPath(p) {
			t.Fatalf("%q leads to %q", f.Name, p)
		}
		if left -= f.Offset / 8; left <= 0 { // it may have to be decoded up to there
			break
		}
		n, err := io.Copy(io.Discard, io.LimitReader(c, left))
		checkError(t, err)
		if err == nil && n != min(f.Size, left) {
			t.Fatalf("%d bytes of %d read", n, f.Size)
		}
		left -= max(n, 1000)
	}
	seen := 0
	err = fs.WalkDir(r, ".", func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			seen++
		}
		return err
	})
	if err != nil || seen > len(r.Files) {
		t.Fatalf("%d of %d files in the tree: %v", seen, len(r.Files), err)
	}
}

func checkError(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrNotCabinet) {
		t.Fatal(err)
	}
}

// TestMutations damages cabinets at random places: what fuzzing does, in a
// small way and the same each time.
func TestMutations(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	seeds := [][]byte{sample(false, 100).build(t), lzxSample(t)}
	for i := range 3000 {
		data := bytes.Clone(seeds[i%len(seeds)])
		for range 1 + random.IntN(4) {
			data[random.IntN(min(len(data), 2000))] = byte(random.Uint32() >> random.IntN(32))
		}
		checkAny(t, data)
	}
}
