package wim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gildhq/gild/internal/testenv"
)

// disk is a Storage in memory that records what is done to it.
type disk struct {
	b    []byte
	pos  int64
	log  []operation
	fail int // the operation that fails, from 1

	failed *operation // the first that did
}

type operation struct {
	kind string // write, truncate, sync
	off  int64
	data []byte
}

var errDiskFull = errors.New("no space left on device")

func (d *disk) do(o operation) error {
	if d.fail > 0 && len(d.log)+1 >= d.fail && o.kind == "write" {
		if d.failed == nil {
			d.failed = &o
		}
		return errDiskFull
	}
	d.log = append(d.log, o)
	d.b = o.apply(d.b)
	return nil
}

func (o operation) apply(b []byte) []byte {
	end := o.off + int64(len(o.data))
	switch o.kind {
	case "write":
		if int64(len(b)) < end {
			b = append(b, make([]byte, end-int64(len(b)))...)
		}
		copy(b[o.off:], o.data)
	case "truncate":
		if o.off <= int64(len(b)) {
			return b[:o.off]
		}
		b = append(b, make([]byte, o.off-int64(len(b)))...)
	}
	return b
}

func (d *disk) Write(p []byte) (int, error) {
	if err := d.do(operation{"write", d.pos, bytes.Clone(p)}); err != nil {
		return 0, err
	}
	d.pos += int64(len(p))
	return len(p), nil
}

func (d *disk) Seek(off int64, whence int) (int64, error) {
	if whence != io.SeekStart {
		return 0, errors.New("not needed")
	}
	d.pos = off
	return off, nil
}

func (d *disk) ReadAt(p []byte, off int64) (int, error) { return bytes.NewReader(d.b).ReadAt(p, off) }
func (d *disk) Sync() error                             { return d.do(operation{kind: "sync"}) }
func (d *disk) Truncate(size int64) error               { return d.do(operation{kind: "truncate", off: size}) }

// changeSample changes a tree captured from sampleDir.
func changeSample(root *Node) {
	config := root.Lookup(`Windows\System32\config`)
	config.Child("SOFTWARE").Streams[0] = Stream{Content: newContent(prose(500_000, 20))}
	windows := root.Lookup("Windows")
	windows.Children = slices.DeleteFunc(windows.Children, func(n *Node) bool { return n.Name == "big noise" })
	root.Children = append(root.Children,
		&Node{Name: "new", Attributes: AttrNormal, Streams: []Stream{{Content: newContent(noise(5<<20, 21))}}},
		&Node{Name: "copy", Attributes: AttrNormal, Streams: []Stream{{Content: newContent(prose(65537, 4))}}})
	root.Sort()
}

func TestUpdate(t *testing.T) {
	dir := sampleDir(t)
	for _, format := range formats {
		t.Run(format.String(), func(t *testing.T) {
			name := wimlibCapture(t, dir, format, "--check", "--boot")
			testenv.Run(t, "wimlib-imagex", "append", dir, name, "untouched")
			before := mustOpen(t, name)
			image := mustImage(t, before, 1)
			changeSample(image.Root)
			info := image.Info
			info.XML.Set("kept", "GILD", "RECEIPT")
			added := handmade()
			must(t, Update(t.Context(), name, UpdateOptions{}, Change{Index: 1, Root: image.Root, Info: info},
				Change{Index: 3, Root: added, Info: ImageInfo{Name: "third"}}))
			accepted(t, name)
			f := mustOpen(t, name)
			must(t, f.VerifyIntegrity(t.Context()))
			equal(t, flat(mustImage(t, f, 1).Root), flat(image.Root))
			sameTree(t, mustImage(t, f, 2), os.DirFS(dir))
			equal(t, flat(mustImage(t, f, 3).Root), flat(added))
			if infos := f.Images(); infos[0].XML.Value("GILD", "RECEIPT") != "kept" || infos[2].Name != "third" || infos[1].Name != "untouched" {
				t.Errorf("information is %+v", infos)
			}
			if h := f.Header(); h.GUID != before.Header().GUID || h.BootIndex != 1 {
				t.Errorf("header is %+v", h)
			}
			if b, ok := f.Blob(hashOf(prose(65537, 4))); !ok || b.RefCount != 3 || b.Offset > before.Size() {
				t.Errorf("blob that was there: %+v", b)
			}
			sameTree(t, wimlibApply(t, name, 2), os.DirFS(dir))
			testenv.Run(t, "wimlib-imagex", "verify", export(t, f, format.options()))
		})
	}
}

// crashStates yields what the disk may hold after a crash: each operation may
// be the last, that one in part, and of those since the last sync any one may
// be missing.
func crashStates(start []byte, log []operation) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		synced := 0
		for i := 0; i <= len(log); i++ {
			if i > 0 && log[i-1].kind == "sync" {
				synced = i
			}
			for skip := synced; skip <= i; skip++ {
				b := bytes.Clone(start)
				for j, o := range log[:i] {
					if j != skip {
						b = o.apply(b)
					}
				}
				if !yield(b) {
					return
				}
			}
			if i < len(log) && log[i].kind == "write" && log[i].off > 0 {
				o := log[i]
				o.data = o.data[:len(o.data)/2]
				b := bytes.Clone(start)
				for _, done := range log[:i] {
					b = done.apply(b)
				}
				if !yield(o.apply(b)) {
					return
				}
			}
		}
	}
}

func TestUpdateSurvivesCrash(t *testing.T) {
	name := wimlibCapture(t, sampleDir(t), format{XPRESS, 1 << 15}, "--check")
	start, err := os.ReadFile(name)
	must(t, err)
	start = append(start, noise(10<<20, 30)...) // what a crash before left behind
	old, err := NewFile(bytes.NewReader(start), int64(len(start)), name)
	must(t, err)
	image := mustImage(t, old, 1)
	oldTree := flat(image.Root)
	changeSample(image.Root)
	d := &disk{b: bytes.Clone(start)}
	must(t, UpdateStorage(t.Context(), d, int64(len(start)), name, UpdateOptions{}, Change{Index: 1, Root: image.Root, Info: image.Info}))
	newTree := flat(image.Root)
	if len(d.b) >= len(start) {
		t.Errorf("the tail of %d bytes was not used", len(start))
	}
	states, complete := 0, 0
	for b := range crashStates(start, d.log) {
		states++
		f, err := NewFile(bytes.NewReader(b), int64(len(b)), name)
		must(t, err)
		must(t, f.Verify(context.Background()))
		must(t, f.VerifyIntegrity(context.Background()))
		got := flat(mustImage(t, f, 1).Root)
		if len(got) == len(newTree) {
			complete++
			equal(t, got, newTree)
			continue
		}
		equal(t, got, oldTree)
	}
	if states < 8 || complete < 1 || complete == states {
		t.Errorf("%d states, %d of them complete", states, complete)
	}
}

func TestUpdateOnFullDisk(t *testing.T) {
	name := wimlibCapture(t, sampleDir(t), format{LZX, 1 << 15})
	start, err := os.ReadFile(name)
	must(t, err)
	for fail := 1; ; fail++ {
		d := &disk{b: bytes.Clone(start), fail: fail}
		f, err := NewFile(d, int64(len(start)), name)
		must(t, err)
		image := mustImage(t, f, 1)
		changeSample(image.Root)
		err = UpdateStorage(t.Context(), d, int64(len(start)), name, UpdateOptions{}, Change{Index: 1, Root: image.Root, Info: image.Info})
		if err == nil {
			if fail < 3 {
				t.Errorf("there were only %d writes", fail)
			}
			return
		}
		if !errors.Is(err, errDiskFull) {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(d.b, start) {
			t.Errorf("after operation %d failed the file is not what it was", fail)
		}
		if header := d.failed.off == 0; !header && len(d.b) != len(start) {
			t.Errorf("after operation %d failed the file has %d bytes more than it had", fail, len(d.b)-len(start))
		}
	}
}

func TestUpdateCancelled(t *testing.T) {
	name := wimlibCapture(t, sampleDir(t), format{LZX, 1 << 15})
	before, err := os.ReadFile(name)
	must(t, err)
	image := mustImage(t, mustOpen(t, name), 1)
	changeSample(image.Root)
	ctx, cancel := context.WithCancel(t.Context())
	err = Update(ctx, name, UpdateOptions{Progress: func(done, total int64) { cancel() }}, Change{Index: 1, Root: image.Root, Info: image.Info})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	after, err := os.ReadFile(name)
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the file has changed")
	}
}

// TestWriteInProgress reads and repairs a file whose writer set the flag and died.
func TestWriteInProgress(t *testing.T) {
	dir := sampleDir(t)
	name := wimlibCapture(t, dir, format{XPRESS, 1 << 15})
	b, err := os.ReadFile(name)
	must(t, err)
	b[16] |= byte(FlagWriteInProgress)
	must(t, os.WriteFile(name, append(b, noise(1000, 31)...), 0o644))
	f := mustOpen(t, name)
	image := mustImage(t, f, 1)
	sameTree(t, image, os.DirFS(dir))
	image.Info.Description = "repaired"
	must(t, Update(t.Context(), name, UpdateOptions{}, Change{Index: 1, Info: image.Info}))
	accepted(t, name)
	contains(t, testenv.Run(t, "wimlib-imagex", "info", name), "Description:            repaired")
}

// TestWimlibUpdatesOurs has wimlib change a file of ours and reads the result.
func TestWimlibUpdatesOurs(t *testing.T) {
	dir := sampleDir(t)
	name := captureTo(t, os.DirFS(dir), Options{Compression: LZX, Integrity: true})
	added := filepath.Join(t.TempDir(), "added")
	must(t, os.WriteFile(added, prose(50_000, 40), 0o644))
	testenv.Run(t, "wimlib-imagex", "update", name, "1", "--command=add '"+added+"' /Users/added", "--check")
	f := mustOpen(t, name)
	must(t, f.Verify(t.Context()))
	must(t, f.VerifyIntegrity(t.Context()))
	got, err := mustImage(t, f, 1).ReadFile("Users/added")
	must(t, err)
	if !bytes.Equal(got, prose(50_000, 40)) {
		t.Error("wrong content")
	}
}

func TestUpdateRefuses(t *testing.T) {
	name := wimlibCapture(t, sampleDir(t), format{}, "--check")
	good, err := os.ReadFile(name)
	must(t, err)
	for what, test := range map[string]struct {
		spoil func(b []byte)
		c     Change
		want  error
	}{
		"read-only":        {func(b []byte) { b[16] |= byte(FlagReadOnly) }, Change{Index: 1}, ErrUnsupported},
		"integrity beyond": {func(b []byte) { b[124+8+6] = 1 }, Change{Index: 1}, ErrCorrupt},
		"no such image":    {func([]byte) {}, Change{Index: 3, Root: handmade()}, ErrImageNotFound},
		"new without tree": {func([]byte) {}, Change{Index: 2}, ErrImageNotFound},
		"image 0":          {func([]byte) {}, Change{}, ErrImageNotFound},
	} {
		b := bytes.Clone(good)
		test.spoil(b)
		d := &disk{b: bytes.Clone(b)}
		if err := UpdateStorage(t.Context(), d, int64(len(b)), name, UpdateOptions{}, test.c); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", what, err, test.want)
		}
		if !bytes.Equal(d.b, b) {
			t.Errorf("%s: the file has changed", what)
		}
	}
}
