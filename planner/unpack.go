package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Unpacker extracts files from images, so that they can be opened as files.
type Unpacker interface {
	// Unpack returns the path on this machine of the content of a file in an image.
	// Equal content always has the same path.
	Unpack(ctx context.Context, from image.Files, name string) (path string, err error)
}

// sourceOf returns the file that an image starts from, and the author's words for it,
// if these are not its path.
func (o *opener) sourceOf(ctx context.Context, cfg *dsl.Image) (ref image.Ref, words string, err error) {
	if address.Is(cfg.Source) {
		if err := o.Host.Fetch(ctx, cfg.Source); err != nil {
			return ref, "", err
		}
		words = cfg.Source
	}
	ref = image.Ref{Path: o.below(cfg.Source), Index: cfg.Index, Name: cfg.SourceName}
	if cfg.Inner == nil {
		return ref, words, nil
	}
	words = sourceWords(cfg.Inner)
	outer := o.image(cfg.Inner.Image)
	if outer == nil || o.Unpacker == nil {
		return ref, words, fmt.Errorf("%s can't be reached from here", words)
	}
	backend := o.backendNamed(outer.Backend)
	if backend == nil {
		return ref, words, fmt.Errorf("%s: the backend %q of that image can't be used on this machine", words, outer.Backend)
	}
	from, outerWords, err := o.sourceOf(ctx, outer)
	if err != nil {
		return ref, words, err
	}
	session, err := o.get(ctx, backend, from, outer.AllowDirtyHives)
	if err != nil {
		return ref, words, named(err, from.Path, outerWords)
	}
	if ref.Path, err = o.unpack(ctx, session, cfg.Inner.Path); err != nil {
		return ref, words, fmt.Errorf("%s: %w", words, err)
	}
	return ref, words, nil
}

// sourceWords are the author's words for a source that is a file in another one; empty
// for any other source.
func sourceWords(in *dsl.Inner) string {
	if in == nil {
		return ""
	}
	return fmt.Sprintf("%s in image.%s's source", in.Path, in.Image)
}

// SourceWords are the author's words for the source, if these are not its path.
func (img *Image) SourceWords() string { return cmp.Or(img.Fetched, sourceWords(img.Within)) }

func (o *opener) unpack(ctx context.Context, s image.Session, file string) (string, error) {
	name, err := image.CleanPath(file)
	if err != nil {
		return "", err
	}
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return "", err
	}
	if name, err = image.Spell(files, name); err != nil {
		return "", err
	}
	info, err := files.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("there is no such file in that image%s", meant(files, name))
	case err != nil:
		return "", err
	case info.IsDir():
		return "", errors.New("that is a folder, and a WIM file is needed")
	}
	return o.Unpacker.Unpack(ctx, files, name)
}

// meant proposes a path for one that is not there: it replaces the first wrong part
// with the most similar name.
func meant(files image.Files, name string) string {
	dir := "."
	parts := strings.Split(name, "/")
	for i, part := range parts {
		next := path.Join(dir, part)
		if _, err := files.Stat(next); err == nil {
			dir = next
			continue
		}
		entries, err := files.ReadDir(dir)
		if err != nil {
			return ""
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if like := similar.Name(part, names); like != "" {
			return fmt.Sprintf("; did you mean %s?", path.Join(append([]string{dir, like}, parts[i+1:]...)...))
		}
		return fmt.Sprintf("; the folder %s has no %s", dir, part)
	}
	return ""
}

// named replaces a path in an error with the author's words for the file.
func named(err error, path, words string) error {
	if words == "" {
		return err
	}
	text := strings.ReplaceAll(err.Error(), path, words)
	if !strings.Contains(text, words) {
		text = words + ": " + text
	}
	return &renamed{err, text}
}

// renamed is an error with a text for the author.
type renamed struct {
	error
	text string
}

func (r *renamed) Error() string { return r.text }
func (r *renamed) Unwrap() error { return r.error }
