package wim

import (
	"fmt"
	"io"
)

const outputBuffer = 4 << 20

// output writes a file in order, through a buffer, and can go back.
type output struct {
	w       io.WriteSeeker
	pending []byte // the bytes before pos that are not written yet
	pos     int64
	highest int64 // the end of what was ever written
}

// newOutput writes from offset pos of w on.
func newOutput(w io.WriteSeeker, pos int64) (*output, error) {
	o := &output{w: w, pos: pos, highest: pos, pending: make([]byte, 0, outputBuffer)}
	return o, o.seek()
}

func (o *output) seek() error {
	_, err := o.w.Seek(o.pos, io.SeekStart)
	return err
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	o.pending = append(o.pending, p...)
	o.pos += int64(len(p))
	if len(o.pending) < outputBuffer {
		return len(p), nil
	}
	return len(p), o.flush()
}

func (o *output) flush() error {
	if len(o.pending) == 0 {
		return nil
	}
	_, err := o.w.Write(o.pending)
	o.pending = o.pending[:0]
	o.highest = max(o.highest, o.pos)
	return err
}

// release gives the buffer back: little is written from then on.
func (o *output) release() error {
	err := o.flush()
	o.pending = nil
	return err
}

// patch overwrites what was written at offset off.
func (o *output) patch(off int64, p []byte) error {
	if start := o.pos - int64(len(o.pending)); off >= start {
		copy(o.pending[off-start:], p)
		return nil
	}
	if err := o.flush(); err != nil {
		return err
	}
	if _, err := o.w.Seek(off, io.SeekStart); err != nil {
		return err
	}
	if _, err := o.w.Write(p); err != nil {
		return err
	}
	return o.seek()
}

// rewind takes back what was written from offset off on.
func (o *output) rewind(off int64) error {
	if start := o.pos - int64(len(o.pending)); off >= start {
		o.pending = o.pending[:off-start]
		o.pos = off
		return nil
	}
	if err := o.flush(); err != nil {
		return err
	}
	o.pos = off
	return o.seek()
}

// copy writes the n bytes at offset off of f.
func (o *output) copy(f *File, off, n int64) error {
	if err := o.flush(); err != nil {
		return err
	}
	section := struct{ io.Reader }{io.NewSectionReader(f.src, off, n)}
	written, err := io.CopyBuffer(struct{ io.Writer }{o.w}, section, o.pending[:cap(o.pending)])
	o.pos += written
	o.highest = max(o.highest, o.pos)
	if err == nil && written < n {
		err = f.wrap(io.ErrUnexpectedEOF)
	}
	return err
}

// finish writes what is pending and cuts off what was taken back.
func (o *output) finish() error {
	if err := o.flush(); err != nil {
		return err
	}
	if o.highest == o.pos {
		return nil
	}
	w, ok := o.w.(interface{ Truncate(int64) error })
	if !ok {
		return fmt.Errorf("the file can't be cut to its size of %d bytes", o.pos)
	}
	return w.Truncate(o.pos)
}
