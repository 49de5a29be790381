package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gildhq/gild/ground/cache"
)

// fetcher returns one with a cache of its own, that waits for nothing.
func fetcher(t *testing.T, servers ...*httptest.Server) *Fetcher {
	t.Helper()
	return fetcherIn(t, t.TempDir(), 1<<24, servers...)
}

func fetcherIn(t *testing.T, dir string, limit int64, servers ...*httptest.Server) *Fetcher {
	t.Helper()
	c, err := cache.Open(dir, limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	netrc := filepath.Join(t.TempDir(), "netrc")
	f := &Fetcher{Cache: c, Dir: t.TempDir(), Getenv: func(name string) string {
		if name == "NETRC" {
			return netrc
		}
		return ""
	}}
	f.wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	if len(servers) > 0 {
		f.Transport = servers[0].Client().Transport
	}
	return f
}

func netrc(t *testing.T, f *Fetcher, text string) {
	t.Helper()
	if err := os.WriteFile(f.Getenv("NETRC"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, f *Fetcher, address string) Content {
	t.Helper()
	got, err := f.Get(t.Context(), Pinned{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewTLSServer(handler)
	t.Cleanup(s.Close)
	return s
}

// file serves a content with its ETag, and parts of it.
func file(w http.ResponseWriter, r *http.Request, content string) {
	w.Header().Set("ETag", `"`+sum(content)[:8]+`"`)
	http.ServeContent(w, r, "x", time.Time{}, strings.NewReader(content))
}

func TestWeb(t *testing.T) {
	var asked atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Query().Has("checksum") {
			t.Error("the server got the checksum")
		}
		file(w, r, "abc")
	})
	f := fetcher(t, s)
	at := s.URL + "/a/kb%201.msu?x=y&checksum=sha256:" + sum("abc")
	got := get(t, f, at)
	if read(t, got.Path) != "abc" || filepath.Base(got.Path) != "kb 1.msu" || got.SHA256 != sum("abc") || got.Size != 3 || got.Revision == "" {
		t.Errorf("%+v", got)
	}
	before := asked.Load()
	s.Close()
	f.Offline = errors.New("tests say so")
	for _, p := range []Pinned{{Address: at}, {Address: s.URL + "/a/kb%201.msu?x=y"}, {Address: s.URL + "/a/kb%201.msu?x=y", Revision: got.Revision}, got.Pinned} {
		if again, err := f.Get(t.Context(), p); err != nil || again.Path != got.Path {
			t.Errorf("%+v without the server: %+v, %v", p, again, err)
		}
	}
	if asked.Load() != before {
		t.Error("the server was asked again")
	}
	_, err := f.Get(t.Context(), Pinned{Address: s.URL + "/other.msu?key=hush"})
	if !errors.Is(err, ErrOffline) || !strings.Contains(err.Error(), "/other.msu") || strings.Contains(err.Error(), "hush") {
		t.Error(err)
	}
}

// TestChanged: what an address has now is asked for, and what it had stays.
func TestChanged(t *testing.T) {
	var content atomic.Value
	content.Store("one")
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { file(w, r, content.Load().(string)) })
	f := fetcher(t, s)
	first := get(t, f, s.URL+"/f")
	content.Store("two!")
	if again := get(t, f, s.URL+"/f"); again.SHA256 != first.SHA256 {
		t.Errorf("%+v", again)
	}
	now, err := f.Resolve(t.Context(), s.URL+"/f", nil)
	if err != nil || now.Revision == first.Revision {
		t.Fatalf("%+v, %v", now, err)
	}
	second, err := f.Get(t.Context(), now)
	if err != nil || read(t, second.Path) != "two!" {
		t.Errorf("%+v, %v", second, err)
	}
	if got, err := f.Get(t.Context(), first.Pinned); err != nil || read(t, got.Path) != "one" {
		t.Errorf("%+v, %v", got, err)
	}
	if got := get(t, f, s.URL+"/f"); got.SHA256 != second.SHA256 {
		t.Errorf("the address alone is %+v", got)
	}
	_, err = f.Get(t.Context(), Pinned{Address: s.URL + "/f", SHA256: sum("three")})
	if !errors.Is(err, ErrDigest) || !strings.Contains(err.Error(), sum("two!")) || !strings.Contains(err.Error(), sum("three")) {
		t.Error(err)
	}
	if got := get(t, f, s.URL+"/f"); got.SHA256 != second.SHA256 {
		t.Errorf("after a refusal the address is %+v", got)
	}
}

// TestNameless: a server that has no name for what it has is asked for all of it.
func TestNameless(t *testing.T) {
	var content atomic.Value
	content.Store("one")
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		_, _ = w.Write([]byte(content.Load().(string)))
	})
	f := fetcher(t, s)
	get(t, f, s.URL+"/f")
	content.Store("two!")
	if got := get(t, f, s.URL+"/f"); read(t, got.Path) != "one" {
		t.Errorf("the address alone is %+v", got)
	}
	p, err := f.Resolve(t.Context(), s.URL+"/f", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.Get(t.Context(), p); err != nil || read(t, got.Path) != "two!" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestFaults: what a network does to a download does not change what comes of it.
func TestFaults(t *testing.T) {
	content := make([]byte, 1<<20)
	for i := range content {
		content[i] = byte(rand.Uint32())
	}
	text := string(content)
	drop := func(w http.ResponseWriter) {
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	for name, c := range map[string]struct {
		handler func(n int32, w http.ResponseWriter, r *http.Request)
		asked   int32 // for the content
	}{
		"busy, then not": {func(n int32, w http.ResponseWriter, r *http.Request) {
			if n < 3 {
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			file(w, r, text)
		}, 3},
		"dropped again and again, and resumed": {func(n int32, w http.ResponseWriter, r *http.Request) {
			from := 0
			if header := r.Header.Get("Range"); header != "" {
				from, _ = strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(header, "bytes="), "-"))
			}
			if n < 10 {
				w.Header().Set("ETag", `"one"`)
				w.Header().Set("Content-Length", strconv.Itoa(len(text)-from))
				if from > 0 {
					w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(text)-1, len(text)))
					w.WriteHeader(http.StatusPartialContent)
				}
				_, _ = w.Write(content[from : from+50_000])
				drop(w)
			}
			if from != 9*50_000 || r.Header.Get("If-Range") != `"one"` {
				t.Errorf("the last request is for %d, if it is %s", from, r.Header.Get("If-Range"))
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(text)-1, len(text)))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(content[from:])
		}, 10},
		"dropped, and changed meanwhile": {func(n int32, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				w.Header().Set("ETag", `"old"`)
				w.Header().Set("Content-Length", "100000")
				_, _ = w.Write(make([]byte, 50_000))
				drop(w)
			}
			file(w, r, text) // all of it, since If-Range has another ETag
		}, 2},
		"dropped without an ETag": {func(n int32, w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") != "" {
				t.Error("a part was asked for that may be of another content")
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(text)))
			if n < 3 {
				_, _ = w.Write(content[:1000])
				drop(w)
			}
			_, _ = w.Write(content)
		}, 3},
		"a part that was not asked for": {func(n int32, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				w.Header().Set("ETag", `"x"`)
				w.Header().Set("Content-Length", strconv.Itoa(len(text)))
				_, _ = w.Write(content[:1000])
				drop(w)
			}
			if r.Header.Get("Range") != "" {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes 5-%d/%d", len(text)-1, len(text)))
				w.WriteHeader(http.StatusPartialContent)
				_, _ = w.Write(content[5:])
				return
			}
			_, _ = w.Write(content)
		}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodHead {
					return
				}
				c.handler(asked.Add(1), w, r)
			})
			f := fetcher(t, s)
			var told []Event
			f.Progress = func(e Event) { told = append(told, e) }
			got := get(t, f, s.URL+"/big.iso")
			if got.SHA256 != sum(text) || asked.Load() != c.asked {
				t.Errorf("%d bytes after %d requests: %+v", got.Size, asked.Load(), got.Pinned)
			}
			again := 0
			for _, e := range told {
				if e.Err != nil {
					again++
				}
			}
			if last := told[len(told)-1]; !last.Complete || again != int(c.asked)-1 {
				t.Errorf("told of %d tries, at last of %+v", again, last)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	var asked atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/busy":
			w.WriteHeader(http.StatusTooManyRequests)
		case "/hours":
			w.Header().Set("Retry-After", "7200")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/none":
			w.WriteHeader(http.StatusNotFound)
		case "/login":
			w.WriteHeader(http.StatusUnauthorized)
		case "/large":
			w.Header().Set("Content-Length", "5000")
			_, _ = w.Write(make([]byte, 5000))
		case "/endless":
			for range 100 {
				_, _ = w.Write(make([]byte, 1000))
				w.(http.Flusher).Flush()
			}
		case "/plain":
			http.Redirect(w, r, "http://example.com/x?token=hush", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		}
	})
	f := fetcherIn(t, t.TempDir(), 4000, s)
	for path, want := range map[string]struct {
		asked int32
		text  string
	}{
		"/busy":    {tries, "429 Too Many Requests"},
		"/hours":   {1, "503"},
		"/none":    {1, "404 Not Found"},
		"/login":   {1, "netrc"},
		"/large":   {2, "5000 bytes"},
		"/endless": {2, "more than the 4000 bytes"},
		"/plain":   {1, "not encrypted"},
		"/loop":    {11, "redirects more than 10"},
	} {
		asked.Store(0)
		_, err := f.Get(t.Context(), Pinned{Address: s.URL + path + "?key=hush"})
		if err == nil || !strings.Contains(err.Error(), want.text) || !strings.Contains(err.Error(), s.URL+path) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", path, err)
		}
		if asked.Load() != want.asked {
			t.Errorf("%s was asked for %d times", path, asked.Load())
		}
	}
	s.Close()
	if _, err := f.Get(t.Context(), Pinned{Address: s.URL + "/f?key=hush"}); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("no server: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Get(ctx, Pinned{Address: s.URL + "/f"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestLogin: a login goes to its host, also by way of another one, and nowhere else.
func TestLogin(t *testing.T) {
	seen := map[string]string{}
	var mu sync.Mutex
	note := func(name string, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		user, password, _ := r.BasicAuth()
		seen[name] += user + ":" + password + r.Header.Get("Referer") + " "
	}
	var other string
	second := serve(t, func(w http.ResponseWriter, r *http.Request) {
		note("second", r)
		file(w, r, "abc")
	})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		note("first", r)
		http.Redirect(w, r, other, http.StatusFound)
	})
	// One server has the name of this machine, the other one its address.
	other = strings.Replace(second.URL, "127.0.0.1", "example.com", 1) + "/f"
	f := fetcher(t, s)
	f.Transport = elsewhere{"example.com", second, s}
	netrc(t, f, "machine 127.0.0.1 login me password \"s e\\\"c\"\n")
	get(t, f, s.URL+"/f?hush=1")
	if want := `me:s e"c me:s e"c `; seen["first"] != want || seen["second"] != ": : " {
		t.Errorf("%q", seen)
	}
	clear(seen)
	f = fetcher(t, s)
	f.Transport = elsewhere{"example.com", second, s}
	netrc(t, f, "machine 127.0.0.1 login me password one machine EXAMPLE.com\n login you password two")
	get(t, f, s.URL+"/f?hush=1")
	if seen["first"] != "me:one me:one " || seen["second"] != "you:two you:two " {
		t.Errorf("%q", seen)
	}
}

// elsewhere sends what is for a host to a server, and all else to another one.
type elsewhere struct {
	host      string
	to, other *httptest.Server
}

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Hostname() != e.host {
		return e.other.Client().Transport.RoundTrip(r)
	}
	to, err := url.Parse(e.to.URL)
	if err != nil {
		return nil, err
	}
	moved := r.Clone(r.Context())
	moved.URL.Host = to.Host
	resp, err := e.to.Client().Transport.RoundTrip(moved)
	if resp != nil {
		resp.Request = r
	}
	return resp, err
}

// TestResumedLater: another run takes up what one has left.
func TestResumedLater(t *testing.T) {
	var broken atomic.Bool
	broken.Store(true)
	var ranges []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			ranges = append(ranges, r.Header.Get("Range"))
		}
		if r.Method == http.MethodGet && broken.Load() {
			w.Header().Set("ETag", `"`+sum("0123456789")[:8]+`"`)
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("0123"))
			w.(http.Flusher).Flush()
			broken.Store(false)
			panic(http.ErrAbortHandler)
		}
		file(w, r, "0123456789")
	})
	dir := t.TempDir()
	f := fetcherIn(t, dir, 1<<20, s)
	f.wait = func(context.Context, time.Duration) error { return errors.New("killed") }
	if _, err := f.Get(t.Context(), Pinned{Address: s.URL + "/f"}); err == nil {
		t.Fatal("it was not broken off")
	}
	if got := get(t, fetcherIn(t, dir, 1<<20, s), s.URL+"/f"); read(t, got.Path) != "0123456789" {
		t.Errorf("%+v", got)
	}
	if strings.Join(ranges, " ") != " bytes=4-" {
		t.Errorf("asked for %q", ranges)
	}
}

// TestOnce: who wants the same at the same time has it fetched once.
func TestOnce(t *testing.T) {
	var asked atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			asked.Add(1)
			time.Sleep(200 * time.Millisecond)
		}
		file(w, r, "abc")
	})
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		f := fetcherIn(t, dir, 1<<20, s)
		for range 2 {
			wg.Go(func() {
				if got, err := f.Get(t.Context(), Pinned{Address: s.URL + "/f"}); err != nil || got.SHA256 != sum("abc") {
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
	}
	wg.Wait()
	if asked.Load() != 1 {
		t.Errorf("fetched %d times", asked.Load())
	}
}

// TestTampered: a content that was changed in the cache is fetched again.
func TestTampered(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { file(w, r, "abc") })
	f := fetcher(t, s)
	got := get(t, f, s.URL+"/f")
	if err := os.WriteFile(got.Path, []byte("abX"), 0o666); err != nil {
		t.Fatal(err)
	}
	f.Offline = errors.New("tests say so")
	if _, err := f.Get(t.Context(), got.Pinned); !errors.Is(err, ErrOffline) {
		t.Errorf("damaged, and no network: %v", err)
	}
	f.Offline = nil
	if again := get(t, f, s.URL+"/f"); read(t, again.Path) != "abc" {
		t.Errorf("%+v", again)
	}
}

func TestLocal(t *testing.T) {
	f := fetcher(t)
	if err := os.WriteFile(filepath.Join(f.Dir, "a"), []byte("abc"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := get(t, f, "a"); got.SHA256 != sum("abc") || got.Path != filepath.Join(f.Dir, "a") {
		t.Errorf("%+v", got)
	}
	if _, err := f.Get(t.Context(), Pinned{Address: "a", SHA256: sum("x")}); !errors.Is(err, ErrDigest) {
		t.Error(err)
	}
	if _, err := f.Get(t.Context(), Pinned{Address: "b"}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	for _, folder := range []string{".", f.Dir} {
		if got := get(t, f, folder); got.SHA256 == "" || got.Size != 3 {
			t.Errorf("%s: %+v", folder, got)
		}
	}
}

func TestNetrc(t *testing.T) {
	got := parseNetrc("# machine x login y password z\nmachine A login b password c#d account e\nmacdef init\nmachine n login o password p\n\n" +
		"default\tlogin anonymous\tpassword \"q r\"\nmachine")
	if fmt.Sprint(got) != "[{a b c#d} { anonymous q r}]" {
		t.Errorf("%+v", got)
	}
}

func FuzzNetrc(f *testing.F) {
	f.Add("machine a login \"b\\\" password c\nmacdef x\n\ndefault")
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range parseNetrc(text) {
			if len(l.host)+len(l.user)+len(l.password) > 3*len(text) {
				t.Errorf("%+v", l)
			}
		}
	})
}
