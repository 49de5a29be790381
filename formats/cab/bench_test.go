package cab

import (
	"os"
	"os/exec"
	"testing"

	"github.com/gildhq/gild/internal/testenv"
)

// BenchmarkContents reads all of a cabinet, BenchmarkCabextract has cabextract
// test the same one.
func BenchmarkContents(b *testing.B) {
	benchmark(b, func(b *testing.B, path string) {
		r, err := onDisk(b, path)
		if err != nil {
			b.Fatal(err)
		}
		if err := readAll(r); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkCabextract(b *testing.B) {
	tool := testenv.Tool(b, "cabextract")
	benchmark(b, func(b *testing.B, path string) {
		if err := exec.Command(tool, "-q", "-t", path).Run(); err != nil {
			b.Fatal(err)
		}
	})
}

func benchmark(b *testing.B, read func(b *testing.B, path string)) {
	update := testenv.Shared(b, "msu/Windows8-RT-KB2999226-x64.msu")
	for _, c := range []struct{ name, path string }{
		{"stored", pack(b, Stored)},
		{"MSZIP", testenv.Shared(b, "cab/secDre4mer-go-cab/large.cab")},
		{"LZX", testenv.Shared(b, "cab/secDre4mer-go-cab/lzx.cab")},
		{"update", inner(b, update, "Windows8-RT-KB2999226-x64.cab")},
	} {
		b.Run(c.name, func(b *testing.B) {
			r, err := onDisk(b, c.path)
			if err != nil {
				b.Fatal(err)
			}
			size := int64(0)
			for _, f := range r.Files {
				size += f.Size
			}
			b.SetBytes(size)
			for b.Loop() {
				read(b, c.path)
			}
		})
	}
}

// pack writes a cabinet of 8 MB.
func pack(b *testing.B, method Compression) string {
	data := testCabinet{folders: []testFolder{{method, []testFile{{name: "a", content: pattern(8<<20, 1)}}}}, checksums: true}.build(b)
	return write(b, data)
}

// inner copies a cabinet out of another one.
func inner(b *testing.B, path, name string) string {
	r, err := onDisk(b, path)
	if err != nil {
		b.Fatal(err)
	}
	data, err := r.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	return write(b, data)
}

func write(b *testing.B, data []byte) string {
	f, err := os.CreateTemp(b.TempDir(), "*.cab")
	if err == nil {
		defer f.Close()
		_, err = f.Write(data)
	}
	if err != nil {
		b.Fatal(err)
	}
	return f.Name()
}
