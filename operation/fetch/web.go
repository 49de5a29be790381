package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/work"
)

// web is a file of a web server.
type web struct {
	f *Fetcher
	a address.Address
}

// redirects is how often a server may send gild elsewhere.
const redirects = 10

// client follows redirects with the login for where they lead to, and with no other.
func (f *Fetcher) client() *http.Client {
	return &http.Client{Transport: f.transport(), CheckRedirect: func(r *http.Request, via []*http.Request) error {
		switch {
		case len(via) > redirects:
			return fmt.Errorf("the server redirects more than %d times", redirects)
		case r.URL.Scheme != "https" && private(via[len(via)-1].URL) && !address.Loopback(r.URL):
			return fmt.Errorf("the server redirects to %s, which is not encrypted", address.ShownURL(r.URL))
		case r.URL.User != nil:
			r.URL.User = nil
		}
		r.Header.Del("Referer") // its parameters are not for others
		return f.sign(r)
	}}
}

// stalled is how long a server may send nothing.
const stalled = time.Minute

func (f *Fetcher) transport() http.RoundTripper {
	if f.Transport != nil {
		return f.Transport
	}
	return transport
}

var transport = func() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = stalled
	return t
}()

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

// ask sends a request. Its errors do not repeat the URL.
func (f *Fetcher) ask(ctx context.Context, method string, u *url.URL, header http.Header) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, errors.New("it can't be asked for")
	}
	for name, values := range header {
		r.Header[name] = values
	}
	r.Header.Set("User-Agent", "gild")
	r.Header.Set("Accept-Encoding", "identity") // the bytes that are digested
	if err := f.sign(r); err != nil {
		return nil, err
	}
	resp, err := f.client().Do(r)
	if wrong, ok := errors.AsType[*url.Error](err); ok {
		err = wrong.Err // which does not hold the URL
	}
	if err != nil {
		return nil, classify(err)
	}
	return resp, nil
}

// classify tells the errors of a network, which pass, from those of what was asked for.
func classify(err error) error {
	var wrong net.Error
	switch dns, isDNS := errors.AsType[*net.DNSError](err); {
	case isDNS && dns.IsNotFound:
		return fmt.Errorf("there is no host with this name, or the network is not there: %w", err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &wrong):
		return &passing{err: err}
	}
	return err
}

// refusal is the error of an answer that is not the file.
func refusal(resp *http.Response) error {
	err := fmt.Errorf("%s answers: %s", address.ShownURL(resp.Request.URL), resp.Status)
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusProxyAuthRequired:
		return fmt.Errorf("%w; logins come from netrc (~/.netrc, or the file that NETRC names): see whether it has the host", err)
	case code == http.StatusNotFound, code == http.StatusGone:
		return fmt.Errorf("%w; see whether the address is right", err)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests,
		code >= 500 && code != http.StatusNotImplemented && code != http.StatusHTTPVersionNotSupported:
		return &passing{err: err, after: retryAfter(resp.Header, time.Now())}
	}
	return err
}

func (w *web) fetch(ctx context.Context, _, dir, keep string) (string, error) {
	part := filepath.Join(keep, "part")
	d := &download{web: w, part: part, about: part + ".json"}
	if err := w.f.retry(ctx, w.a.Shown(), func() (int64, error) { return d.try(ctx) }); err != nil {
		return "", err
	}
	name := w.a.Base()
	return name, os.Rename(part, filepath.Join(dir, name))
}

// download is a file that is being fetched, by this run or by several in turn.
type download struct {
	*web
	part, about string // files: what there is, and what of
	state       state
}

// state is what a server said of the content that is there in part.
type state struct {
	Validator string `json:"validator"` // a strong one; empty: the rest can't be asked for
	Total     int64  `json:"total"`     // -1: not known
}

// try fetches the file, or the rest of it, and returns how many bytes are there.
func (d *download) try(ctx context.Context) (int64, error) {
	out, err := os.OpenFile(d.part, os.O_RDWR|os.O_CREATE|regular.NoFollow(d.part), durable.Private)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	have := d.have(out)
	// The request ends when nothing comes any more.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	resp, err := d.f.ask(ctx, http.MethodGet, d.a.URL, d.rest(have))
	if err != nil {
		return have, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusPartialContent && d.continues(resp, have):
	case resp.StatusCode == http.StatusOK:
		have = 0
		d.state = state{Validator: strong(resp.Header), Total: resp.ContentLength}
		if err := d.begin(out); err != nil {
			return 0, err
		}
	case resp.StatusCode == http.StatusPartialContent, resp.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		d.state = state{}
		return 0, errors.Join(os.Remove(d.about), &passing{err: errors.New("the server has another content now")})
	default:
		return have, refusal(resp)
	}
	return d.take(ctx, cancel, out, have, resp.Body)
}

// have returns how many bytes are there that can be used.
func (d *download) have(out *os.File) int64 {
	if d.state.Validator == "" {
		data, err := regular.Read(d.about, 1<<16)
		if err != nil || json.Unmarshal(data, &d.state) != nil || d.state.Validator == "" {
			return 0
		}
	}
	info, err := out.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// rest asks for what is behind the bytes that are there, if they are of what there is now.
func (d *download) rest(have int64) http.Header {
	if have == 0 {
		return nil
	}
	return http.Header{"Range": {fmt.Sprintf("bytes=%d-", have)}, "If-Range": {d.state.Validator}}
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

// continues tells whether an answer is what was asked for (RFC 9110, section 14.4).
func (d *download) continues(resp *http.Response, have int64) bool {
	if have == 0 {
		return false
	}
	what, total, _ := strings.Cut(strings.TrimPrefix(resp.Header.Get("Content-Range"), "bytes "), "/")
	from, _, _ := strings.Cut(what, "-")
	return from == strconv.FormatInt(have, 10) && (d.state.Total < 0 || total == strconv.FormatInt(d.state.Total, 10))
}

// begin prepares for all of the file.
func (d *download) begin(out *os.File) error {
	if limit := d.f.Cache.Limit(); d.state.Total > limit {
		return fmt.Errorf("the file has %d bytes, and the cache has room for %d; allow it more with GILD_CACHE_SIZE", d.state.Total, limit)
	}
	if err := out.Truncate(0); err != nil {
		return err
	}
	data, err := json.Marshal(d.state)
	if err != nil {
		return err
	}
	return durable.WriteFile(d.about, data)
}

// take adds what a server sends.
func (d *download) take(ctx context.Context, cancel context.CancelCauseFunc, out *os.File, have int64, body io.Reader) (int64, error) {
	if _, err := out.Seek(have, io.SeekStart); err != nil {
		return have, err
	}
	watch := time.AfterFunc(stalled, func() { cancel(&passing{err: fmt.Errorf("the server sent nothing for %s", stalled)}) })
	defer watch.Stop()
	in := &counted{r: io.LimitReader(body, d.f.Cache.Limit()-have+1), report: func(n int64) {
		watch.Reset(stalled)
		d.f.tell(Event{Address: d.a.Shown(), Done: have + n, Total: max(d.state.Total, 0)})
	}}
	n, err := work.Copy(ctx, out, in)
	have += n
	switch {
	case context.Cause(ctx) != nil:
		return have, context.Cause(ctx)
	case err != nil && in.failed != nil:
		return have, classify(err)
	case err != nil:
		return have, err // of the disk
	case have > d.f.Cache.Limit():
		return have, fmt.Errorf("the file has more than the %d bytes that the cache has room for; allow it more with GILD_CACHE_SIZE", d.f.Cache.Limit())
	case d.state.Total >= 0 && have != d.state.Total:
		return have, &passing{err: fmt.Errorf("the server sent %d of %d bytes", have, d.state.Total)}
	}
	return have, nil
}

// counted is a reader that reports how much was read, and knows its own error.
type counted struct {
	r      io.Reader
	n      int64
	report func(int64)
	failed error
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if n > 0 {
		c.n += int64(n)
		c.report(c.n)
	}
	if err != nil && err != io.EOF {
		c.failed = err
	}
	return n, err
}
