package driver

import (
	"context"
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/gildhq/gild/formats/cat"
	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/pe"
	"github.com/gildhq/gild/providers"
)

// signature returns who signed a package for an architecture: its catalogue must be signed by the
// certificate in it, and list all files unchanged.
func (t *tree) signature(ctx context.Context, l *loaded, arch inf.Arch, files []string, catalog string) error {
	signer, why, err := t.signed(ctx, l, files, catalog)
	if err != nil {
		return err
	}
	if why != "" {
		l.content.Unsigned[arch.String()] = why
	} else if l.pack.Signer == nil {
		l.pack.Signer = &signer
	}
	return nil
}

// signed returns the signer's name, or why the package does not count as signed.
func (t *tree) signed(ctx context.Context, l *loaded, files []string, catalog string) (signer, why string, err error) {
	if catalog == "" {
		return "", t.path(l.inf) + " names no catalogue (CatalogFile in [Version])", nil
	}
	actual, ok := l.actual[catalog]
	if !ok {
		return "", fmt.Sprintf("the catalogue %s, which %s names, is not there", t.path(path.Join(path.Dir(l.inf), catalog)), t.path(l.inf)), nil
	}
	info, err := t.Stat(actual)
	if err != nil || info.Size() > cat.MaxSize {
		return "", fmt.Sprintf("%s is too large for a catalogue", t.path(actual)), err
	}
	data, err := t.ReadFile(actual)
	if err != nil {
		return "", "", err
	}
	c, err := cat.Parse(data)
	if err != nil {
		return "", fmt.Sprintf("%s: %v", t.path(actual), err), nil
	}
	s, err := c.Verify()
	if err != nil {
		return "", fmt.Sprintf("%s: %v", t.path(actual), err), nil
	}
	for _, name := range files {
		if name == catalog {
			continue
		}
		if ok, err := t.lists(ctx, c, l.actual[name], l.digests[name]); err != nil {
			return "", "", err
		} else if !ok {
			return "", fmt.Sprintf("the catalogue %s does not list %s as it is", t.path(actual), t.path(l.actual[name])), nil
		}
	}
	return s.Signer, "", nil
}

// lists reports whether a catalogue has the digest of a file, or of its image if it
// is an executable.
func (t *tree) lists(ctx context.Context, c *cat.Catalog, name string, d providers.Digest) (bool, error) {
	for hash, text := range map[crypto.Hash]string{crypto.SHA1: d.SHA1, crypto.SHA256: d.SHA256} {
		sum, err := hex.DecodeString(text)
		if err != nil {
			return false, err
		}
		if _, ok := c.Find(hash, sum); ok {
			return true, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	f, err := t.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	short, long := sha1.New(), sha256.New()
	err = pe.WriteImage(io.MultiWriter(short, long), f, d.Size)
	if errors.Is(err, pe.ErrFormat) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, one := c.Find(crypto.SHA1, short.Sum(nil))
	_, two := c.Find(crypto.SHA256, long.Sum(nil))
	return one || two, nil
}
