package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gildhq/gild/ground/address"
)

// web is a file of a web server.
type web struct {
	f *Fetcher
	a address.Address
}

func (w *web) revision(ctx context.Context) (revision string, err error) {
	err = w.f.retry(ctx, w.a.Shown(), func() (int64, error) {
		resp, err := w.f.ask(ctx, http.MethodHead, w.a.URL, nil)
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusOK:
			revision = validator(resp.Header)
			return 0, nil
		case http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusForbidden: // then only fetching tells
			return 0, nil
		}
		return 0, refusal(resp)
	})
	return revision, err
}

// validator is what a server calls a content of a file.
func validator(h http.Header) string {
	if tag := h.Get("ETag"); tag != "" {
		return tag
	}
	return h.Get("Last-Modified")
}

func (w *web) fetch(ctx context.Context, _, dir, keep string) (string, error) {
	return w.a.Base(), w.f.download(ctx, w.a.Shown(), filepath.Join(dir, w.a.Base()), keep, w.open)
}

// open asks for the file, or for what is behind the bytes that are there.
func (w *web) open(ctx context.Context, have int64, valid string) (*opened, error) {
	var header http.Header
	if have > 0 {
		header = http.Header{"Range": {fmt.Sprintf("bytes=%d-", have)}, "If-Range": {valid}}
	}
	resp, err := w.f.ask(ctx, http.MethodGet, w.a.URL, header)
	if err != nil {
		return nil, err
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return &opened{body: resp.Body, total: resp.ContentLength, valid: strong(resp.Header)}, nil
	case http.StatusPartialContent:
		if from, total, ok := contentRange(resp.Header); ok && from == have {
			return &opened{body: resp.Body, from: from, total: total, valid: valid}, nil
		}
		return nil, errors.Join(errChanged, resp.Body.Close())
	case http.StatusRequestedRangeNotSatisfiable:
		return nil, errors.Join(errChanged, resp.Body.Close())
	}
	return nil, errors.Join(refusal(resp), resp.Body.Close())
}

// contentRange is the part that an answer has (RFC 9110, section 14.4); a total of -1 is
// not known.
func contentRange(h http.Header) (from, total int64, ok bool) {
	what, of, _ := strings.Cut(strings.TrimPrefix(h.Get("Content-Range"), "bytes "), "/")
	first, _, _ := strings.Cut(what, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	if total, err2 := strconv.ParseInt(of, 10, 64); err2 == nil {
		return from, total, err == nil
	}
	return from, -1, err == nil
}

// strong is a validator that equal bytes have (RFC 9110, section 13.1.5).
func strong(h http.Header) string {
	if tag := h.Get("ETag"); tag != "" {
		if strings.HasPrefix(tag, "W/") {
			return ""
		}
		return tag
	}
	modified, err := http.ParseTime(h.Get("Last-Modified"))
	date, err2 := http.ParseTime(h.Get("Date"))
	if err != nil || err2 != nil || date.Sub(modified) < time.Second {
		return ""
	}
	return h.Get("Last-Modified")
}
