// Package plantest has a minimal image, backend and kinds, for tests of planner and
// executor. The image is a JSON file that maps names to settings; checkpoints are
// files as well, so that they survive the process.
package plantest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image"
)

// CanSettings is the capability [Settings].
const CanSettings image.Capability = "settings"

// Settings is the capability of the images of a [Backend]. Case does not matter in
// names.
type Settings interface {
	Get(name string) (Setting, bool)
	Set(name string, s Setting) error
	Remove(name string) error
}

// Setting is one thing in the image.
type Setting struct {
	Value  string   `json:"value,omitempty"`
	Tags   []string `json:"tags,omitempty"`
	Secret string   `json:"secret,omitempty"`
}

// Image is the content of an image's file.
type Image struct {
	Name     string             `json:"name"`
	Modified time.Time          `json:"modified"`
	Settings map[string]Setting `json:"settings"`
	Receipt  []byte             `json:"receipt,omitempty"`
	Seal     string             `json:"seal,omitempty"` // digest of all else, of an output
}

// Encode returns the content of the image's file.
func (im Image) Encode() []byte {
	data, err := json.MarshalIndent(im, "", "  ")
	if err != nil {
		panic(err) // plain strings
	}
	return append(data, '\n')
}

// digest is that of all but the seal.
func (im Image) digest() string {
	im.Seal = ""
	sum := sha256.Sum256(im.Encode())
	return hex.EncodeToString(sum[:])
}

func (im Image) seal() image.Seal {
	switch im.Seal {
	case "":
		return image.Unsealed
	case im.digest():
		return image.SealWhole
	}
	return image.SealBroken
}

func (im Image) fingerprint() string {
	im.Receipt, im.Seal = nil, ""
	sum := sha256.Sum256(im.Encode())
	return hex.EncodeToString(sum[:])
}

// Backend opens such images: a file, or a folder that holds one named image.json.
type Backend struct {
	Label        string             // its name; empty: "tiny"
	Capabilities []image.Capability // nil: all there are
}

// Name returns the name.
func (b Backend) Name() string {
	if b.Label == "" {
		return "tiny"
	}
	return b.Label
}

// Offers lists the capabilities.
func (b Backend) Offers() []image.Capability {
	if b.Capabilities == nil {
		return []image.Capability{CanSettings, image.CanExport}
	}
	return b.Capabilities
}

// Open opens an image.
func (b Backend) Open(_ context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	s := &session{opts: opts, path: ref.Path}
	if info, err := os.Stat(ref.Path); err == nil && info.IsDir() {
		s.path, s.folder = filepath.Join(ref.Path, "image.json"), true
	}
	if err := s.load(s.path); err != nil {
		return nil, err
	}
	if s.folder {
		return s, nil
	}
	s.base = s.image.fingerprint()
	if opts.Fingerprint != "" && opts.Fingerprint != s.base {
		return nil, fmt.Errorf("%s: %w", ref.Path, image.ErrExchanged)
	}
	if !opts.Write {
		return s, nil
	}
	for _, id := range slices.Backward(opts.Chain) {
		err := s.load(s.layer(id))
		if err == nil {
			s.at = id
		}
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return s, err
		}
	}
	return s, nil
}

// Checkpoints lists the checkpoints, each of which is a whole image.
func (b Backend) Checkpoints(store string) (list []image.Checkpoint, err error) {
	entries, err := os.ReadDir(store)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".layer")
		if !ok {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		list = append(list, image.Checkpoint{ID: id, Used: info.ModTime(), Pieces: []image.Piece{{Name: id, Size: info.Size()}}})
	}
	return list, err
}

// Sealed counts the steps up to the last checkpoint.
func (b Backend) Sealed(_ string, opts image.OpenOptions) (int, error) {
	for i, id := range slices.Backward(opts.Chain) {
		if _, err := os.Stat(filepath.Join(opts.Store, id+".layer")); err == nil {
			return i + 1, nil
		}
	}
	return 0, nil
}

// Contents is not known.
func (b Backend) Contents(string, string) ([]image.Content, error) {
	return nil, errors.ErrUnsupported
}

// Drop removes checkpoints.
func (b Backend) Drop(store string, ids []string) (freed int64, err error) {
	list, err := b.Checkpoints(store)
	if err != nil {
		return 0, err
	}
	for _, c := range list {
		if !slices.Contains(ids, c.ID) {
			continue
		}
		if err := os.Remove(filepath.Join(store, c.ID+".layer")); err != nil {
			return freed, err
		}
		for _, p := range c.Pieces {
			freed += p.Size
		}
	}
	return freed, nil
}

type session struct {
	base   string // fingerprint of the file
	parts  int    // files it is in
	size   int64  // of these
	opts   image.OpenOptions
	path   string
	folder bool
	at     string

	mu    sync.Mutex
	image Image
}

func (s *session) load(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var im Image
	err = json.Unmarshal(data, &im)
	for s.parts = 1; err != nil; s.parts++ { // the rest is in other files
		more, missing := os.ReadFile(wim.PartName(path, s.parts+1))
		if missing != nil {
			return fmt.Errorf("%s: not a tiny image: %w", path, err)
		}
		data = append(data, more...)
		err = json.Unmarshal(data, &im)
	}
	if im.Settings == nil {
		im.Settings = map[string]Setting{}
	}
	s.image, s.size = im, int64(len(data))
	return nil
}

func (s *session) layer(id string) string { return filepath.Join(s.opts.Store, id+".layer") }

func (s *session) Info(context.Context) (image.Info, error) {
	info := image.Info{Name: s.image.Name, Index: 1, Modified: s.image.Modified, Receipt: s.image.Receipt}
	info.Fingerprint, info.Parts, info.FileBytes, info.Seal = s.base, s.parts, s.size, s.image.seal()
	return info, nil
}

func (s *session) At() string { return s.at }

func (s *session) Commit(_ context.Context, id string) error {
	if !s.opts.Write {
		return image.ErrReadOnly
	}
	if s.folder {
		return durable.WriteFile(s.path, s.image.Encode())
	}
	s.at = id
	return durable.WriteFile(s.layer(id), s.image.Encode())
}

func (s *session) Close() error { return nil }

// Export writes the image; a part of it has a byte for each MB that it may have.
func (s *session) Export(ctx context.Context, path string, opts image.ExportOptions) error {
	out := s.image
	out.Receipt = opts.Receipt
	out.Seal = out.digest()
	data := out.Encode()
	size := len(data)
	if opts.Format.SplitSize > 0 {
		size = int(opts.Format.SplitSize >> 20)
	}
	for done, n := 0, 1; done < len(data); n++ {
		part := data[done:min(done+size, len(data))]
		if err := write(ctx, wim.PartName(path, n), part, func(n int) {
			if opts.Progress != nil {
				opts.Progress(int64(done+n), int64(len(data)))
			}
		}); err != nil {
			return err
		}
		done += len(part)
	}
	return nil
}

func write(ctx context.Context, path string, data []byte, tell func(done int)) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	for done := 0; done < len(data); {
		n := min(64, len(data)-done)
		if _, err := f.Write(data[done : done+n]); err != nil {
			return err
		}
		done += n
		tell(done)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return f.Sync()
}

func (s *session) Get(name string) (Setting, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.image.Settings[strings.ToLower(name)]
	return v, ok
}

func (s *session) Set(name string, v Setting) error {
	return s.change(func(m map[string]Setting) { m[strings.ToLower(name)] = v })
}

func (s *session) Remove(name string) error {
	return s.change(func(m map[string]Setting) { delete(m, strings.ToLower(name)) })
}

func (s *session) change(do func(map[string]Setting)) error {
	if !s.opts.Write {
		return image.ErrReadOnly
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.image.Settings = maps.Clone(s.image.Settings)
	do(s.image.Settings)
	return nil
}
