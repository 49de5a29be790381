package huffman

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// A code for any frequencies must be complete, keep its limit, and be decoded
// to the symbols that were written.
func TestCode(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var e Encoder
	for round := range 300 {
		symbols, maxBits := 2+r.IntN(MaxSymbols-1), 10+r.IntN(7)
		freqs := make([]uint32, symbols)
		for i := range freqs {
			freqs[i] = r.Uint32() >> (10 + r.IntN(23))
		}
		words := make([]Codeword, symbols)
		e.Build(words, freqs, maxBits)
		lens, sum := make([]uint8, symbols), 0
		for i, w := range words {
			lens[i] = w.Len
			if w.Len > 0 {
				sum += 1 << (maxBits - int(w.Len))
			}
			if freqs[i] > 0 && w.Len == 0 || int(w.Len) > maxBits {
				t.Fatalf("round %d: symbol of frequency %d has %d bits", round, freqs[i], w.Len)
			}
		}
		if sum != 0 && sum != 1<<maxBits {
			t.Fatalf("round %d: the code is not complete", round)
		}
		checkDecode(t, words, lens)
	}
}

func checkDecode(t *testing.T, words []Codeword, lens []uint8) {
	t.Helper()
	dst := make([]byte, 2*len(words)+2)
	w := NewWriter(dst)
	for _, word := range words {
		w.PutWord(word)
		w.Flush()
	}
	n, ok := w.Close()
	if !ok {
		t.Fatal("the writer says that the codewords do not fit")
	}
	var code Code
	lookup := make([]Entry, 1<<8)
	if err := code.Build(lookup, lens); err != nil {
		t.Fatal(err)
	}
	r := Reader{Src: dst[:n]}
	for want, n := range lens {
		if n == 0 {
			continue
		}
		r.Refill()
		if got, ok := r.Symbol(&code, lookup, 8); !ok || got != want || r.Overrun() {
			t.Fatalf("symbol %d is read as %d (%v)", want, got, ok)
		}
	}
}

// The frequencies of Fibonacci numbers give the longest codewords; the code
// must still be the best for its limit where that is known.
func TestCodeLimit(t *testing.T) {
	var e Encoder
	freqs := []uint32{1, 1, 2, 3, 5, 8}
	words := make([]Codeword, len(freqs))
	e.Build(words, freqs, 16)
	for i, want := range []uint8{5, 5, 4, 3, 2, 1} {
		if words[i].Len != want {
			t.Errorf("symbol %d has %d bits, want %d", i, words[i].Len, want)
		}
	}
	e.Build(words, freqs, 3)
	bits := uint32(0)
	for i, w := range words {
		bits += freqs[i] * uint32(w.Len)
	}
	if bits != 2*(8+5)+3*(3+2+1+1) {
		t.Errorf("the limited code takes %d bits", bits)
	}
}

func TestSingleSymbol(t *testing.T) {
	var e Encoder
	words := make([]Codeword, 4)
	for symbol := range words {
		freqs := make([]uint32, len(words))
		freqs[symbol] = 7
		e.Build(words, freqs, 15)
		if words[symbol].Len != 1 {
			t.Errorf("the only symbol has %d bits", words[symbol].Len)
		}
	}
}

func TestOversubscribed(t *testing.T) {
	var code Code
	if err := code.Build(make([]Entry, 16), []uint8{1, 1, 2}); !errors.Is(err, ErrOversubscribed) {
		t.Errorf("error is %v", err)
	}
}

// Unused codewords of an incomplete code are no symbols.
func TestIncomplete(t *testing.T) {
	var code Code
	lookup := make([]Entry, 4)
	if err := code.Build(lookup, []uint8{1, 0, 3}); err != nil {
		t.Fatal(err)
	}
	for word, want := range map[byte]int{0x00: 0, 0x80: 2, 0xA0: -1, 0xC0: -1} {
		r := Reader{Src: []byte{0, word}}
		r.Refill()
		symbol, ok := r.Symbol(&code, lookup, 2)
		if ok != (want >= 0) || ok && symbol != want {
			t.Errorf("%08b is read as %d (%v)", word, symbol, ok)
		}
	}
}

func TestReaderOverrun(t *testing.T) {
	r := Reader{Src: []byte{1, 2, 3, 4}}
	if r.Read(16) != 0x0201 || r.Read(16) != 0x0403 || r.Overrun() {
		t.Error("the words of the source are not read as they are")
	}
	if r.Read(1); !r.Overrun() {
		t.Error("a bit beyond the end is not noticed")
	}
}
