package cab

import (
	"fmt"
	"io"
	"sync"
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
	tree        func() tree
}

// NewReader opens the cabinet of size bytes that src holds. The name is used in
// errors. Closing the Reader does not close src.
func NewReader(src io.ReaderAt, size int64, name string) (*Reader, error) {
	r := &Reader{name: name, src: src}
	r.tree = sync.OnceValue(r.makeTree)
	if err := r.parse(size); err != nil {
		return nil, r.wrap(err)
	}
	return r, nil
}

// Name returns the name the cabinet was opened by.
func (r *Reader) Name() string { return r.name }

func (r *Reader) wrap(err error) error {
	if err == nil || r.name == "" {
		return err
	}
	return fmt.Errorf("%s: %w", r.name, err)
}
