package wimtest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// A Sample is a piece of data of some kind.
type Sample struct {
	Name string
	Data []byte
}

// Samples returns data of many kinds, of size bytes each.
func Samples(size int) []Sample {
	samples := []Sample{
		{"zeros", make([]byte, size)},
		{"ones", bytes.Repeat([]byte{0xFF}, size)},
		{"calls", calls(size)},
		{"random", Random(size)},
		{"text", text(size)},
		{"two-symbols", letters(size, 2)},
		{"nibbles", letters(size, 16)},
		{"skewed", skewed(size)},
		{"mixed", mixed(size)},
	}
	for _, period := range []int{2, 3, 7, 8, 9, 17, 255, 1000, 4099} {
		pattern := Random(period)
		data := bytes.Repeat(pattern, size/period+1)[:size]
		samples = append(samples, Sample{fmt.Sprintf("period-%d", period), data})
	}
	if data := Program(size); data != nil {
		samples = append(samples, Sample{"program", data})
	}
	return samples
}

func source() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// Random returns size bytes that do not compress, always the same.
func Random(size int) []byte {
	r, data := source(), make([]byte, size)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

func letters(size, n int) []byte {
	r, data := source(), make([]byte, size)
	for i := range data {
		data[i] = byte(r.IntN(n)) * 17
	}
	return data
}

// skewed has byte frequencies that halve from one value to the next, which
// asks for the longest codewords.
func skewed(size int) []byte {
	r, data := source(), make([]byte, size)
	for i := range data {
		for data[i] < 40 && r.IntN(2) == 0 {
			data[i]++
		}
	}
	return data
}

// calls is full of x86 calls, of targets in and out of the range that is
// translated, up to the very end.
func calls(size int) []byte {
	r := source()
	var data []byte
	for len(data) < size {
		v := r.Uint32() >> r.IntN(20)
		if r.IntN(4) == 0 {
			v = -v
		}
		data = append(data, 0xE8, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
		data = append(data, "\xE8\x90\xC3"[r.IntN(3):]...)
	}
	return data[:size]
}

func text(size int) []byte {
	r := source()
	words := []string{"image", "component", "driver", "registry", "the", "of", "feature", "servicing", "package", "and"}
	var b bytes.Buffer
	for b.Len() < size {
		fmt.Fprintf(&b, "%s ", words[r.IntN(len(words))])
		if r.IntN(12) == 0 {
			fmt.Fprintf(&b, "%d\r\n", r.IntN(100000))
		}
	}
	return b.Bytes()[:size]
}

// mixed changes its kind every few kilobytes.
func mixed(size int) []byte {
	r := source()
	var data []byte
	for len(data) < size {
		n := 1 + r.IntN(6000)
		switch r.IntN(5) {
		case 0:
			data = append(data, make([]byte, n)...)
		case 1:
			data = append(data, text(n)...)
		case 2:
			data = append(data, Random(n)...)
		case 3:
			data = append(data, calls(n)...)
		case 4:
			data = append(data, data[len(data)-min(n, len(data)):]...)
		}
	}
	return data[:size]
}

// Program returns size bytes of programs of this machine, or nil.
func Program(size int) []byte {
	var data []byte
	for _, pattern := range []string{"/usr/lib/*/*.so.*", "/usr/bin/*"} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			if len(data) >= size {
				return data[:size]
			}
			content, _ := os.ReadFile(path)
			data = append(data, content...)
		}
	}
	return nil
}

// Tree writes samples of the given size, small files and one program larger
// than any chunk into a folder for capture.
func Tree(t testing.TB, size int) string {
	t.Helper()
	dir := t.TempDir()
	samples := append(Samples(size), Sample{"one", []byte("x")}, Sample{"empty", nil})
	samples = append(samples, Sample{"some", text(777)}, Sample{"chunk", text(65536)})
	samples = append(samples, Sample{"large", Program(3 << 20)})
	for _, s := range samples {
		if err := os.WriteFile(filepath.Join(dir, s.Name), s.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
