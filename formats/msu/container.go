package msu

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/gildhq/gild/formats/cab"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/regular"
)

// Signatures of the containers.
const (
	cabSignature = "MSCF"
	wimSignature = "MSWIM\x00\x00\x00"
)

// A container is the files of a folder, a cabinet or a WIM file.
type container struct {
	fs.FS
	io.Closer
	nesting int // how deep containers in it are looked into
}

func openContainer(name string) (*container, error) {
	if st, err := os.Stat(name); err == nil && st.IsDir() {
		return &container{regular.DirFS(name), io.NopCloser(nil), 0}, nil
	}
	f, err := regular.Open(name)
	if errors.Is(err, regular.ErrNot) {
		return nil, fmt.Errorf("%w: %w", ErrNotPackage, err)
	}
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil {
		var files fs.FS
		if files, err = openFiles(f, st.Size(), name); err == nil {
			return &container{files, f, 1}, nil
		}
	}
	return nil, errors.Join(err, f.Close())
}

// openFiles opens the cabinet or WIM file that r holds. Its name is used in
// errors.
func openFiles(r io.ReaderAt, size int64, name string) (fs.FS, error) {
	head := make([]byte, len(wimSignature))
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte(cabSignature)):
		return cab.NewReader(r, size, name)
	case string(head) == wimSignature:
		w, err := wim.NewFile(r, size, name)
		if err != nil {
			return nil, err
		}
		return w.Image(1)
	}
	return nil, fmt.Errorf("%s: %w: %s", name, ErrNotPackage, looksLike(r))
}

// openNested opens a cabinet or WIM file that is in another one.
func openNested(fsys fs.FS, name string) (fs.FS, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r, ok := f.(io.ReaderAt)
	if !ok {
		r = &forward{open: func() (io.Reader, error) { return fsys.Open(name) }, r: f}
	}
	return openFiles(r, st.Size(), name)
}

// forward reads at random a file that can be read from its start only, which
// is cheap as long as the places come in order. It is not safe for concurrent
// use.
type forward struct {
	open func() (io.Reader, error)
	r    io.Reader
	pos  int64
}

// ReadAt implements [io.ReaderAt].
func (f *forward) ReadAt(p []byte, at int64) (int, error) {
	if at < f.pos {
		r, err := f.open()
		if err != nil {
			return 0, err
		}
		f.r, f.pos = r, 0
	}
	n, err := io.CopyN(io.Discard, f.r, at-f.pos)
	f.pos += n
	if err != nil {
		return 0, err
	}
	got, err := io.ReadFull(f.r, p)
	f.pos += int64(got)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return got, err
}
