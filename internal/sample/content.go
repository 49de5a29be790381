package sample

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"strings"
	"unicode/utf16"
)

var le = binary.LittleEndian

func utf16le(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = le.AppendUint16(out, u)
	}
	return out
}

// crlf gives text the line ends of Windows.
func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// filler gives content that compresses about as a program file does: runs of
// instructions that recur, between numbers that do not. The same seed gives the
// same content.
func filler(seed uint64, size int64) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		return io.NopCloser(io.LimitReader(&fill{rng: rand.New(rand.NewPCG(seed, 0x676f6c64))}, size)), nil
	}
}

type fill struct {
	rng   *rand.Rand
	block []byte // what is left of the current run
	runs  [64][]byte
}

func (f *fill) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(f.block) == 0 {
			f.next()
		}
		c := copy(p[n:], f.block)
		f.block = f.block[c:]
		n += c
	}
	return n, nil
}

// next picks a run that was there before, or makes a new one.
func (f *fill) next() {
	slot := f.rng.IntN(len(f.runs))
	if f.runs[slot] != nil && f.rng.IntN(3) > 0 {
		f.block = f.runs[slot]
		return
	}
	run := make([]byte, 16+f.rng.IntN(240))
	for i := 0; i+8 <= len(run); i += 8 {
		le.PutUint64(run[i:], f.rng.Uint64()&0x00ff_00ff_0fff_ffff)
	}
	f.runs[slot], f.block = run, run
}
