package layers

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/store"
)

// Stage stores the content of a new file. The content becomes durable when a layer that
// names it is sealed; if the store is closed before, the content is lost.
func (s *Store) Stage(r io.Reader) (Content, error) {
	dir, err := s.stagingDir()
	if err != nil {
		return Content{}, err
	}
	name := fmt.Sprintf("%s/content-%016x", dir, rand.Uint64()) // #nosec G404 -- a name, not a secret
	f, err := s.folder.Root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, durable.Private)
	if err != nil {
		return Content{}, err
	}
	c, err := copyContent(f, r)
	if err = errors.Join(err, f.Close()); err != nil || c.Size == 0 {
		return Content{}, errors.Join(err, s.folder.Remove(name))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.folder.Rename(name, s.stagedPath(c)); err != nil {
		return Content{}, errors.Join(err, s.folder.Remove(name))
	}
	s.staged[c.SHA256] = c
	return c, nil
}

func copyContent(w io.Writer, r io.Reader) (c Content, err error) {
	s256, s1 := sha256.New(), sha1.New()
	c.Size, err = io.Copy(io.MultiWriter(w, s256, s1), r)
	s256.Sum(c.SHA256[:0])
	s1.Sum(c.SHA1[:0])
	return c, err
}

// stagingDir returns the folder of this session's staged contents.
func (s *Store) stagingDir() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.staging != "" {
		return s.staging, nil
	}
	dir := fmt.Sprintf("%s/session-%016x", stagingDir, rand.Uint64()) // #nosec G404 -- a name, not a secret
	if err := s.folder.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	s.staging = dir
	return dir, nil
}

// staged are the names of staged contents.
var staged = &store.Names{Folders: store.Only(`session-[0-9a-f]+`), In: &store.Names{Files: store.Only(`content-[0-9a-f]+|[0-9a-f]{64}`)}}

func (s *Store) stagedPath(c Content) string {
	return fmt.Sprintf("%s/%x", s.staging, c.SHA256)
}

// Discard removes staged contents that no layer has.
func (s *Store) Discard() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.staging == "" {
		return nil
	}
	_, err := s.folder.Clear(s.staging, staged.In, nil)
	if err == nil {
		err = s.folder.Remove(s.staging)
	}
	s.staging = ""
	clear(s.staged)
	return err
}

// Reader is open content.
type Reader interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// OpenContent opens content that was staged or sealed.
func (s *Store) OpenContent(c Content) (Reader, error) {
	if c.Size == 0 {
		return empty{bytes.NewReader(nil)}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name := blobPath(c.SHA256)
	if _, ok := s.staged[c.SHA256]; ok {
		name = s.stagedPath(c)
	}
	f, err := s.folder.OpenFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: content %x is gone", ErrDamaged, c.SHA256)
	}
	if err != nil {
		return nil, err // no interface with a nil file
	}
	return f, nil
}

type empty struct{ *bytes.Reader }

func (empty) Close() error { return nil }

// verify reads sealed content and compares it with its digest.
func (s *Store) verify(c Content) error {
	if c.Size == 0 {
		return nil
	}
	f, err := s.folder.OpenFile(blobPath(c.SHA256))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if [32]byte(sum.Sum(nil)) != c.SHA256 {
		return fmt.Errorf("%w: it does not match its SHA-256", ErrDamaged)
	}
	return nil
}
