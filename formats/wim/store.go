package wim

import (
	"cmp"
	"context"
	"crypto/sha1"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/gildhq/gild/ground/work"
)

// entry is a blob that a store has or is to write.
type entry struct {
	name    string // of a file that holds it, for errors
	known   bool   // hash is set
	hash    Hash
	size    int64
	refs    uint32
	flags   byte // flags of the resource other than resCompressed
	res     resource
	part    int // of a split WIM, from 0
	written bool

	from    *File // where the content is, unless
	blob    Blob
	content *Content // it is new, or
	bytes   []byte   // is in memory
}

// store collects the blobs that images need, each once, and writes those the
// file does not have.
type store struct {
	pipeline
	entries  []*entry // in the order they were met
	byHash   map[Hash]*entry
	contents map[*Content]*entry
}

func newStore(o Options) *store {
	size := o.ChunkSize
	if o.Compression == None {
		size = 1 << 20
	}
	return &store{
		pipeline: pipeline{compress: o.Compression, best: o.Best, size: size, workers: o.workers()},
		byHash:   map[Hash]*entry{},
		contents: map[*Content]*entry{},
	}
}

// addTree notes all streams of a tree; those without new content are looked
// for in the files of from.
func (s *store) addTree(root *Node, from []*File) error {
	for path, n := range root.All() {
		for i := range n.Streams {
			stream := &n.Streams[i]
			if err := s.add(stream, path, from); err != nil {
				return fmt.Errorf(`\%s: stream %q: %w`, path, stream.Name, err)
			}
		}
	}
	return nil
}

func (s *store) add(stream *Stream, path string, from []*File) error {
	if c := stream.Content; c != nil {
		return s.addContent(stream, path, from)
	}
	if stream.Hash.IsZero() {
		return nil
	}
	e := s.byHash[stream.Hash]
	if e == nil {
		if e = findBlob(stream.Hash, from); e == nil {
			return fmt.Errorf("%w: %s", ErrBlobNotFound, stream.Hash)
		}
		e.name = path
		s.put(e)
	}
	e.refs++
	return nil
}

func (s *store) put(e *entry) {
	s.entries = append(s.entries, e)
	if e.known {
		s.byHash[e.hash] = e
	}
}

func findBlob(h Hash, from []*File) *entry {
	for _, f := range from {
		if b, ok := f.Blob(h); ok {
			return &entry{known: true, hash: h, size: b.Size, from: f, blob: b}
		}
	}
	return nil
}

// addContent notes new content. Content whose hash is given may be there already.
func (s *store) addContent(stream *Stream, path string, from []*File) error {
	c := stream.Content
	if c.Size < 0 || c.Open == nil {
		return fmt.Errorf("content of %d bytes that can't be opened", c.Size)
	}
	if c.Size == 0 {
		return nil
	}
	e := s.contents[c]
	if e == nil && !stream.Hash.IsZero() {
		if e = s.byHash[stream.Hash]; e == nil {
			e = findBlob(stream.Hash, from)
			if e == nil {
				e = &entry{known: true, hash: stream.Hash, size: c.Size, content: c}
			}
			e.name = path
			s.put(e)
		}
	}
	if e == nil {
		e = &entry{name: path, size: c.Size, content: c}
		s.put(e)
	}
	s.contents[c] = e
	e.refs++
	return nil
}

// hashOf returns the hash of a stream once its content is written.
func (s *store) hashOf(stream *Stream) Hash {
	if stream.Content == nil {
		return stream.Hash
	}
	if e := s.contents[stream.Content]; e != nil {
		return e.hash
	}
	return Hash{}
}

// write writes all that is not there yet: first what can be copied as it is,
// in the order it is read in, then what has to be compressed.
func (s *store) write(ctx context.Context, out *output, progress func(done, total int64)) error {
	s.ctx, s.out = ctx, out
	if err := s.findDuplicates(); err != nil {
		return err
	}
	var copied, old, fresh []*entry
	var done, total int64
	for e := range s.missing() {
		total += e.size
		switch {
		case e.from == nil:
			fresh = append(fresh, e)
		case s.canCopy(e):
			copied = append(copied, e)
		default:
			old = append(old, e)
		}
	}
	s.progress = func(n int64) {
		if done += n; progress != nil {
			progress(done, total)
		}
	}
	sortBySource(copied)
	sortBySource(old)
	if err := s.copyAll(copied); err != nil {
		return err
	}
	if err := s.pipeline.write(append(old, fresh...)); err != nil {
		return err
	}
	s.entries = slices.Concat(s.have(), copied, old, fresh)
	for _, e := range s.entries {
		e.written = true
		s.byHash[e.hash] = e
	}
	return nil
}

// missing yields the entries that are wanted and not written yet.
func (s *store) missing() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for _, e := range s.entries {
			if !e.written && !yield(e) {
				return
			}
		}
	}
}

func (s *store) have() []*entry {
	return slices.DeleteFunc(slices.Clone(s.entries), func(e *entry) bool { return !e.written })
}

// canCopy reports whether the stored bytes of a blob mean the same here.
func (s *store) canCopy(e *entry) bool {
	if s.compress == None {
		return e.blob.res.flags&resCompressed == 0
	}
	h := &e.from.header
	return h.Compression == s.compress && h.ChunkSize == s.size
}

func sortBySource(entries []*entry) {
	rank := map[*File]int{}
	for _, e := range entries {
		if _, ok := rank[e.from]; !ok {
			rank[e.from] = len(rank)
		}
	}
	slices.SortFunc(entries, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(rank[a.from], rank[b.from]), cmp.Compare(a.blob.Offset, b.blob.Offset))
	})
}

// copyAll copies stored blobs; runs that lie together go in one piece.
func (s *store) copyAll(entries []*entry) error {
	const most = 64 << 20
	for len(entries) > 0 {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		first := entries[0]
		if !s.spread.fits(s.out.pos+first.blob.Stored, 1) {
			var err error
			if s.out, err = s.spread.begin(); err != nil {
				return err
			}
		}
		shift := s.out.pos - first.blob.Offset
		end := first.blob.res.end()
		n := 1
		for ; n < len(entries) && entries[n].from == first.from && entries[n].blob.Offset == end && end-first.blob.Offset < most; n++ {
			if !s.spread.fits(entries[n].blob.res.end()+shift, n+1) {
				break
			}
			end = entries[n].blob.res.end()
		}
		if err := s.out.copy(first.from, first.blob.Offset, end-first.blob.Offset); err != nil {
			return err
		}
		for _, e := range entries[:n] {
			e.res = e.blob.res
			e.res.offset += shift
			s.progress(e.size)
		}
		s.spread.take(entries[:n]...)
		entries = entries[n:]
	}
	return nil
}

// findDuplicates hashes the new content that may equal other content because it
// has the same size, and merges what is equal. The rest is hashed as it is
// written.
func (s *store) findDuplicates() error {
	sizes := map[int64]int{}
	for _, e := range s.entries {
		sizes[e.size]++
	}
	var doubtful []*entry
	for e := range s.missing() {
		if !e.known && sizes[e.size] > 1 {
			doubtful = append(doubtful, e)
		}
	}
	if err := s.hashAll(doubtful); err != nil {
		return err
	}
	merged := map[*entry]*entry{}
	for _, e := range doubtful {
		if same := s.byHash[e.hash]; same != nil {
			same.refs += e.refs
			merged[e] = same
			continue
		}
		s.byHash[e.hash] = e
	}
	for c, e := range s.contents {
		if same := merged[e]; same != nil {
			s.contents[c] = same
		}
	}
	s.entries = slices.DeleteFunc(s.entries, func(e *entry) bool { return merged[e] != nil })
	return nil
}

// hashAll hashes content, several at once.
func (s *store) hashAll(entries []*entry) error {
	ctx, cancel := context.WithCancelCause(s.ctx)
	defer cancel(nil)
	return work.Each(ctx, len(entries), s.workers, func(i int) error {
		err := entries[i].computeHash(ctx)
		if err != nil {
			cancel(err)
		}
		return err
	})
}

func (e *entry) computeHash(ctx context.Context) error {
	r, err := e.open()
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha1.New()
	n, err := work.Copy(ctx, sum, io.LimitReader(r, e.size))
	if err != nil || n != e.size {
		return e.changed(err)
	}
	if err := e.close(r, sum); err != nil {
		return err
	}
	e.known = true
	return nil
}

// open opens the content of e.
func (e *entry) open() (io.ReadCloser, error) {
	switch {
	case e.from != nil:
		return e.from.newReader(e.blob)
	case e.content == nil:
		return newBytesReader(e.bytes), nil
	}
	r, err := e.content.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.name, err)
	}
	return r, nil
}
