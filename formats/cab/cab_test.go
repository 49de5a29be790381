package cab

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gildhq/gild/internal/testenv"
)

func open(t testing.TB, data []byte) *Reader {
	t.Helper()
	r, err := NewReader(bytes.NewReader(data), int64(len(data)), "test.cab")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReader(t *testing.T) {
	c := sample(true, 90_000)
	r := open(t, append(c.build(t), "signature"...))
	if string(r.Reserve) != "reserved" || string(r.Folders[1].Reserve) != "folder" || r.Folders[0].Compression.String() != "MSZIP" {
		t.Errorf("%q, %q, %v", r.Reserve, r.Folders[1].Reserve, r.Folders[0].Compression)
	}
	f := r.Files[2]
	if f.Name != `dir\sub\second` || f.Attributes != ReadOnly|Archive || !f.Modified.Equal(time.Date(2000, 1, 1, 13, 11, 4, 0, time.UTC)) {
		t.Errorf("%+v", f)
	}
	var want [][]byte
	for _, folder := range c.folders {
		for _, f := range folder.files {
			if f.content == nil {
				f.content = want[len(want)-1]
			}
			want = append(want, f.content)
		}
	}
	for i, f := range r.Files {
		got, err := io.ReadAll(f.Open())
		if err != nil || !bytes.Equal(got, want[i]) {
			t.Errorf("%s: %d bytes, %v", f.Name, len(got), err)
		}
	}
	for f, content := range r.Contents() {
		got, err := io.ReadAll(content)
		if err != nil || !bytes.Equal(got, want[slices.Index(r.Files, f)]) {
			t.Errorf("%s: %d bytes in turn, %v", f.Name, len(got), err)
		}
	}
	checkFS(t, r)
}

// TestBuild makes sure that the tests' own cabinets are what others take for
// cabinets too.
func TestBuild(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sample.cab")
	if err := os.WriteFile(path, sample(true, 90_000).build(t), 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := onDisk(t, path)
	if err != nil {
		t.Fatal(err)
	}
	testenv.Tool(t, "cabextract")
	compare(t, r, extract(t, path))
}

// Both ways of reckoning checksums are accepted; each is refused by one of the
// programs that others use.
func TestChecksumOfReserve(t *testing.T) {
	for _, reserve := range []bool{false, true} {
		c := sample(true, 100)
		c.sumReserve = reserve
		if err := readAll(open(t, c.build(t))); err != nil {
			t.Error(err)
		}
	}
}

// A cabinet can be read by several goroutines at once.
func TestConcurrent(t *testing.T) {
	c := sample(true, 50_000)
	r := open(t, c.build(t))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for f, content := range r.Contents() {
				a, err := io.ReadAll(content)
				if err != nil {
					t.Error(err)
				}
				b, err := r.ReadFile(f.Path())
				if err != nil || !bytes.Equal(a, b) {
					t.Errorf("%s: %d and %d bytes, %v", f.Name, len(a), len(b), err)
				}
			}
		})
	}
	group.Wait()
}

// counter counts the bytes read.
type counter struct {
	io.ReaderAt
	n int
}

func (c *counter) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, at)
	c.n += n
	return n, err
}

// What need not be read is not: all files take one pass, a single one not the
// rest of its folder, and stored content in front of it not even that.
func TestReadsOnce(t *testing.T) {
	noise := make([]byte, 1<<20)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	for _, method := range []Compression{Stored, MSZIP} {
		files := []testFile{{name: "a", content: noise[:1000]}, {name: "b", content: noise}, {name: "c", content: noise[5000:5100]}}
		data := testCabinet{folders: []testFolder{{method, files}}, checksums: true}.build(t)
		count := func(read func(r *Reader)) int {
			c := &counter{ReaderAt: bytes.NewReader(data)}
			r, err := NewReader(c, int64(len(data)), "")
			if err != nil {
				t.Fatal(err)
			}
			c.n = 0
			read(r)
			return c.n
		}
		all := count(func(r *Reader) {
			if err := readAll(r); err != nil {
				t.Error(err)
			}
		})
		if all > len(data)*11/10 {
			t.Errorf("%v: %d bytes read of %d for all files", method, all, len(data))
		}
		if n := count(func(r *Reader) { _, _ = io.Copy(io.Discard, r.Files[0].Open()) }); n > 2*maxData {
			t.Errorf("%v: %d bytes read for the first file", method, n)
		}
		if n := count(func(r *Reader) { _, _ = io.Copy(io.Discard, r.Files[2].Open()) }); method == Stored && n > 2*maxData {
			t.Errorf("%d bytes read for the last stored file", n)
		}
	}
}

// TestDamage flips every bit of the data: the checksums find each one.
func TestDamage(t *testing.T) {
	data := testCabinet{folders: []testFolder{{MSZIP, []testFile{{name: "a", content: pattern(300, 1)}}}}, checksums: true}.build(t)
	start := bytes.Index(data, []byte("CK")) - dataHeader
	for bit := 8 * (start + 4); bit < 8*len(data); bit++ {
		bad := bytes.Clone(data)
		bad[bit/8] ^= 1 << (bit % 8)
		if err := readAll(open(t, bad)); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("bit %d of byte %d: %v", bit%8, bit/8, err)
		}
	}
	for n := range data {
		_, err := NewReader(bytes.NewReader(data[:n]), int64(n), "")
		if err == nil {
			t.Fatalf("%d of %d bytes pass for the whole", n, len(data))
		}
	}
}

// failing gives an error from some place on.
type failing struct{ *bytes.Reader }

var errDisk = errors.New("disk error")

func (f failing) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > 20_000 {
		return 0, errDisk
	}
	return f.Reader.ReadAt(p, at)
}

// An error of the source is not taken for damage.
func TestSourceError(t *testing.T) {
	data := sample(true, 90_000).build(t)
	r, err := NewReader(failing{bytes.NewReader(data)}, int64(len(data)), "test.cab")
	if err != nil {
		t.Fatal(err)
	}
	if err := readAll(r); !errors.Is(err, errDisk) || errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

// What a cabinet says of sizes costs no memory.
func TestLies(t *testing.T) {
	data := testCabinet{folders: []testFolder{{MSZIP, []testFile{{name: "a", content: pattern(300, 1)}}}}}.build(t)
	name := bytes.Index(data, []byte("a\x00"))
	for _, size := range []uint32{301, 40_000, 0x7000_0000, 0xFFFF_FFFF} {
		le.PutUint32(data[name-fileSize:], size)
		le.PutUint16(data[headerSize+4+4:], 0xFFFF) // blocks
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := fs.ReadFile(open(t, data), "a"); !errors.Is(err, ErrCorrupt) {
			t.Error(err)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%d bytes allocated for a file of %d bytes that is not there", n, size)
		}
	}
}

func TestPath(t *testing.T) {
	for name, want := range map[string]string{
		`a.txt`:              "a.txt",
		`dir\a.txt`:          "dir/a.txt",
		`dir/sub\.\\a.txt`:   "dir/sub/a.txt",
		`..\..\a.txt`:        "a.txt",
		`dir\..\..\..\a.txt`: "a.txt",
		`\a.txt`:             "a.txt",
		`/etc/passwd`:        "etc/passwd",
		`C:\Windows\a.txt`:   "Windows/a.txt",
		`..\d:e:\a.txt`:      "a.txt",
		`\\server\share\a`:   "server/share/a",
		`..`:                 ".",
		`C:`:                 ".",
		`dir\`:               "dir",
	} {
		if got := (&File{Name: name}).Path(); got != want || !fs.ValidPath(got) {
			t.Errorf("%s leads to %s, want %s", name, got, want)
		}
	}
}

func TestDecodeName(t *testing.T) {
	for _, c := range []struct {
		raw    string
		isUTF8 bool
		want   string
	}{
		{"\xE9\x80\x95", false, "é€•"},
		{"\xC3\xA9\xE2\x82\xAC", true, "é€"},
		{"..\xC0\xAFa", true, "..\uFFFD\uFFFDa"},
	} {
		if got := decodeName([]byte(c.raw), c.isUTF8); got != c.want {
			t.Errorf("%q is read as %q", c.raw, got)
		}
	}
}

func TestConflicts(t *testing.T) {
	files := []testFile{{name: "a", content: []byte("1")}, {name: `a\b`, content: []byte("2")}, {name: "A/../c", content: []byte("3")}, {name: "c", content: []byte("4")}, {name: `c\..\..`, content: []byte("5")}}
	r := open(t, testCabinet{folders: []testFolder{{Stored, files}}}.build(t))
	var list []string
	err := fs.WalkDir(r, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			data, e := fs.ReadFile(r, path)
			list, err = append(list, path+"="+string(data)), e
		}
		return err
	})
	if got := strings.Join(list, " "); err != nil || got != "a/b=2 c=4" {
		t.Errorf("%s: %v", got, err)
	}
}

// onDisk opens the cabinet in a file until the test ends.
func onDisk(t testing.TB, path string) (*Reader, error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return NewReader(f, st.Size(), path)
}
