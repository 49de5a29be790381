package wim

import (
	"fmt"
	"io"

	"github.com/gildhq/gild/ground/work"
)

// PartWriter is a file that a part is written to; *[os.File] is one.
type PartWriter interface {
	io.WriteSeeker
	io.ReaderAt
	Truncate(size int64) error
}

// spread writes blobs to parts of a limited size. A blob is never cut: one that is
// larger than a part has a part of its own.
type spread struct {
	limit  int64 // bytes of a part; 0: all goes into one
	create func() (io.WriteSeeker, error)
	outs   []*output // of the parts begun
	counts []int     // blobs in each

	tables int64 // bytes that each part needs besides its blobs and their entries
	images int64 // bytes that the first part needs besides these

	integrity bool
}

// begin begins the next part. Only tables are written to those before it from then
// on, so they hold no buffer.
func (s *spread) begin() (*output, error) {
	if n := len(s.outs); n > 0 {
		if err := s.outs[n-1].release(); err != nil {
			return nil, err
		}
	}
	if len(s.outs) == maxParts {
		return nil, fmt.Errorf("parts of %d bytes are too small: more than %d would be needed", s.limit, maxParts)
	}
	w, err := s.create()
	if err != nil {
		return nil, err
	}
	out, err := newOutput(w, 0)
	if err != nil {
		return nil, err
	}
	s.outs, s.counts = append(s.outs, out), append(s.counts, 0)
	_, err = out.Write(make([]byte, headerSize))
	return out, err
}

// fits reports whether n more blobs that end at offset end have room in the part at
// hand with all that is to follow them. The first blob of a part has room anyway,
// unless it is the part with the images.
func (s *spread) fits(end int64, n int) bool {
	if s == nil || s.limit == 0 {
		return true
	}
	last := len(s.outs) - 1
	n += s.counts[last]
	if last > 0 && n == 1 {
		return true
	}
	end += s.tables + int64(n)*blobEntrySize
	if last == 0 {
		end += s.images
	}
	if s.integrity {
		end += integrityHeader + chunkCount(end, integrityChunk)*sumSize
	}
	return end <= s.limit
}

// take notes that blobs are written to the part at hand.
func (s *spread) take(entries ...*entry) {
	if s == nil {
		return
	}
	for _, e := range entries {
		e.part = len(s.outs) - 1
		s.counts[e.part]++
	}
}

// place gives a blob that was just written its part: the one at hand or, if it does
// not fit there, a new one that it is moved to.
func (p *pipeline) place(e *entry) error {
	if e.flags&resMetadata != 0 {
		return nil
	}
	if p.spread.fits(p.out.pos, 1) {
		p.spread.take(e)
		return nil
	}
	old := p.out
	if err := old.flush(); err != nil {
		return err
	}
	r, ok := old.w.(io.ReaderAt)
	if !ok {
		return fmt.Errorf("a part can't be read while it is written")
	}
	out, err := p.spread.begin()
	if err != nil {
		return err
	}
	section := io.NewSectionReader(r, e.res.offset, e.res.stored)
	if _, err := work.Copy(p.ctx, out, section); err != nil {
		return err
	}
	if err := old.rewind(e.res.offset); err != nil {
		return err
	}
	e.res.offset, p.out = headerSize, out
	p.spread.take(e)
	return nil
}
