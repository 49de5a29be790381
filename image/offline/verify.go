package offline

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha1"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/work"
	"github.com/gildhq/gild/image"
)

// verified holds the digests of content that was verified. The source does not change
// while it is open, so once is enough.
type verified struct {
	mu    sync.Mutex
	known map[[20]byte]bool
}

// take calls use with the known digests; nil means those of the session.
func (v *verified) take(known map[[20]byte]bool, use func(map[[20]byte]bool)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if known == nil {
		if v.known == nil {
			v.known = map[[20]byte]bool{}
		}
		known = v.known
	}
	use(known)
}

// blob is the content of one or more files of the image.
type blob struct {
	hash   wim.Hash
	size   int64
	offset int64  // offset in the source; 0 for new content
	name   string // the first file with it
	open   func() (io.ReadCloser, error)
}

// Verify implements [image.Verifier]. It reads content in the order of the source,
// several blobs at once.
func (s *session) Verify(ctx context.Context, opts image.VerifyOptions) ([]image.Damage, error) {
	if s.closed {
		return nil, fmt.Errorf("verify: %w", fs.ErrClosed)
	}
	blobs := s.blobs()
	s.verified.take(opts.Known, func(known map[[20]byte]bool) {
		blobs = slices.DeleteFunc(blobs, func(b blob) bool { return known[b.hash] })
	})
	faults := make([]error, len(blobs))
	progress := progressOf(blobs, opts.Progress)
	err := work.Each(ctx, len(blobs), runtime.GOMAXPROCS(0), func(i int) error {
		faults[i] = blobs[i].verify(ctx, progress)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var damaged []image.Damage
	s.verified.take(opts.Known, func(known map[[20]byte]bool) {
		for i, b := range blobs {
			if faults[i] != nil {
				damaged = append(damaged, image.Damage{Name: b.name, Err: faults[i]})
			} else {
				known[b.hash] = true
			}
		}
	})
	slices.SortFunc(damaged, func(a, b image.Damage) int { return nt.Compare(a.Name, b.Name) })
	return damaged, nil
}

// blobs returns the content of all files of the image, each once.
func (s *session) blobs() []blob {
	found := map[wim.Hash]blob{}
	for name, n := range s.root().All() {
		for _, stream := range n.Streams {
			if _, ok := found[stream.Hash]; !ok && !stream.Hash.IsZero() {
				found[stream.Hash] = s.blob(name, stream)
			}
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b blob) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), bytes.Compare(a.hash[:], b.hash[:]))
	})
}

func (s *session) blob(path string, stream wim.Stream) blob {
	name := strings.ReplaceAll(path, `\`, "/")
	if stream.Name != "" {
		name += ":" + stream.Name
	}
	b := blob{hash: stream.Hash, size: stream.Size, name: name}
	if stream.Content != nil {
		b.open = stream.Content.Open
		return b
	}
	b.open = func() (io.ReadCloser, error) { return s.source.file.OpenBlob(stream.Hash) }
	if found, ok := s.source.file.Blob(stream.Hash); ok {
		b.size, b.offset = found.Size, found.Offset
	}
	return b
}

// verify compares the content with its digest.
func (b blob) verify(ctx context.Context, progress progress) error {
	r, err := b.open()
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha1.New()
	if _, err := work.Copy(ctx, io.MultiWriter(sum, progress), r); err != nil {
		return err
	}
	if got := wim.Hash(sum.Sum(nil)); got != b.hash {
		return fmt.Errorf("its content has the SHA-1 %s, not %s as in the image", got, b.hash)
	}
	return nil
}

// progress is a writer that reports how many bytes it was given.
type progress func(n int64)

func (p progress) Write(b []byte) (int, error) {
	p(int64(len(b)))
	return len(b), nil
}

// progressOf returns a progress that adds up the bytes read and reports the sum.
func progressOf(blobs []blob, tell func(done, total int64)) progress {
	if tell == nil {
		return func(int64) {}
	}
	var total int64
	for _, b := range blobs {
		total += b.size
	}
	var done atomic.Int64
	return func(n int64) { tell(done.Add(n), total) }
}
