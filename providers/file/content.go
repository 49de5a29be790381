package file

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/providers"
)

const byteOrderMark = "\uFEFF"

// text returns the content as bytes, in the wanted encoding.
func (r *resource) text() []byte {
	s := *r.Content
	if r.LineEndings != nil {
		s = strings.ReplaceAll(s, "\r\n", "\n")
		if *r.LineEndings == "crlf" {
			s = strings.ReplaceAll(s, "\n", "\r\n")
		}
	}
	encoding := "utf-8"
	if r.Encoding != nil {
		encoding = *r.Encoding
	}
	if encoding == "utf-8" {
		return []byte(s)
	}
	s = byteOrderMark + strings.TrimPrefix(s, byteOrderMark)
	if encoding == "utf-16le" {
		return nt.AppendUTF16(nil, s)
	}
	return []byte(s)
}

// resolve fills in the digests of the payload.
func resolve(ctx context.Context, host providers.Host, r *resource) error {
	switch {
	case r.Content != nil:
		data := r.text()
		long, short := sha256.Sum256(data), sha1.Sum(data)
		r.setDigest(providers.Digest{SHA256: hex.EncodeToString(long[:]), SHA1: hex.EncodeToString(short[:]), Size: int64(len(data))})
		return r.readable(host)
	case r.Source == nil:
		return nil
	}
	info, err := os.Stat(host.Path(*r.Source))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &providers.Problem{Attr: "source", Summary: "Source not found",
			Detail: fmt.Sprintf("There is no file or folder %q (%s).", *r.Source, host.Path(*r.Source))}
	case err != nil:
		return err
	case info.IsDir():
		return resolveTree(ctx, host, r)
	case !regular.Is(info):
		return &providers.Problem{Attr: "source", Summary: "Invalid source", Detail: fmt.Sprintf("%s is neither a file nor a folder.", *r.Source)}
	case providers.Is(r.Purge, true):
		return &providers.Problem{Attr: "purge", Summary: "Argument without effect", Detail: fmt.Sprintf("%q is for folders, and %s is a file.", "purge", *r.Source)}
	}
	d, err := host.Digest(ctx, *r.Source)
	r.setDigest(d)
	if err != nil {
		return err
	}
	return r.readable(host)
}

func (r *resource) setDigest(d providers.Digest) {
	r.Digest, r.SHA1, r.Size = &d.SHA256, &d.SHA1, &d.Size
}

func resolveTree(ctx context.Context, host providers.Host, r *resource) error {
	t, err := walkSource(ctx, host, *r.Source)
	if err != nil {
		return err
	}
	digest := t.digest()
	r.Digest, r.Files = &digest, t.manifest()
	return r.readable(host)
}
