package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gildhq/gild/ground/address"
)

// redirects is how often a server may send gild elsewhere.
const redirects = 10

// client follows redirects with the login for where they lead to, and with no other.
func (f *Fetcher) client() *http.Client {
	return &http.Client{Transport: f.transport(), CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if err := redirected(r, via); err != nil {
			return err
		}
		return f.sign(r)
	}}
}

// redirected takes from a request what is not for another host, and refuses to go where
// others can read it.
func redirected(r *http.Request, via []*http.Request) error {
	before := via[len(via)-1].URL
	switch {
	case len(via) > redirects:
		return fmt.Errorf("the server redirects more than %d times", redirects)
	case r.URL.Scheme != "https" && private(before) && !address.Loopback(r.URL):
		return fmt.Errorf("the server redirects to %s, which is not encrypted", address.ShownURL(r.URL))
	}
	r.URL.User = nil
	r.Header.Del("Referer") // its parameters are not for others
	if r.URL.Host != via[0].URL.Host || r.URL.Scheme != via[0].URL.Scheme {
		r.Header.Del("Authorization")
		r.Header.Del("Cookie")
	}
	return nil
}

// stalled is how long a server may send nothing.
const stalled = time.Minute

func (f *Fetcher) transport() http.RoundTripper {
	if f.Transport != nil {
		return f.Transport
	}
	return direct
}

var direct = func() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = stalled
	return t
}()

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
	if err != nil {
		return nil, classify(err)
	}
	return resp, nil
}

// classify tells the errors of a network, which pass, from those of what was asked for. It
// takes URLs out of them, which may be signed ones that a server redirects to.
func classify(err error) error {
	if with, ok := errors.AsType[*url.Error](err); ok {
		err = with.Err
	}
	if errors.As(err, new(*passing)) {
		return err
	}
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

// polite is a transport for libraries, whose errors tell what passes from what does not.
type polite struct{ f *Fetcher }

func (p polite) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := p.f.transport().RoundTrip(r)
	if err != nil {
		return nil, classify(err)
	}
	if err := refusal(resp); errors.As(err, new(*passing)) {
		return nil, errors.Join(err, resp.Body.Close())
	}
	return resp, nil
}
