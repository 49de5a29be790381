package cab

import (
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/gildhq/gild/ground/regular"
)

// A Reader is an open cabinet. It may be used by several goroutines; what
// [File.Open] and Open return, by one each. The slices must not be changed.
type Reader struct {
	Folders []*Folder
	Files   []*File // in the order of the cabinet

	SetID   uint16 // the same for all cabinets of a set
	Reserve []byte // the application's area of the header; nil if there is none

	name        string
	src         io.ReaderAt
	size        int64 // cbCabinet: what follows, such as a signature, is not part of the cabinet
	dataReserve int   // bytes of each block's header that are the application's
	close       func() error
	tree        func() tree
}

// Open opens the named cabinet.
func Open(name string) (*Reader, error) {
	f, err := regular.Open(name)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() && st.Mode()&fs.ModeDevice == 0 {
		err = fmt.Errorf("%s: %w: it is not a regular file", name, ErrNotCabinet)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	r, err := NewReader(f, st.Size(), name)
	if err != nil {
		f.Close()
		return nil, err
	}
	r.close = f.Close
	return r, nil
}

// NewReader opens the cabinet of size bytes that src holds. The name is used in
// errors. Closing the Reader does not close src.
func NewReader(src io.ReaderAt, size int64, name string) (*Reader, error) {
	r := &Reader{name: name, src: src, close: func() error { return nil }}
	r.tree = sync.OnceValue(r.makeTree)
	if err := r.parse(size); err != nil {
		return nil, r.wrap(err)
	}
	return r, nil
}

// Close closes the file that [Open] opened.
func (r *Reader) Close() error { return r.close() }

// Name returns the name the cabinet was opened by.
func (r *Reader) Name() string { return r.name }

func (r *Reader) wrap(err error) error {
	if err == nil || r.name == "" {
		return err
	}
	return fmt.Errorf("%s: %w", r.name, err)
}
