package fetch

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func TestS3(t *testing.T) {
	fake := gofakes3.New(s3mem.New()).Server()
	put := func(path, content string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPut, "http://host/payloads"+path, strings.NewReader(content))
		r.Header.Set("Content-Length", fmt.Sprint(len(content)))
		fake.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Fatal(path, w.Code, w.Body)
		}
	}
	put("", "")
	big := strings.Repeat("0123456789", 10_000)
	put("/a/kb%201.msu", "abc")
	put("/big.iso", big)
	put("/d.zip", zipOf(t, packed{name: "net/nic.inf", content: "inf"}))
	var n atomic.Int32
	var unsigned atomic.Bool
	var resumed atomic.Value
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "Credential=key/") {
			unsigned.Store(true)
		}
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "big.iso") {
			switch n.Add(1) {
			case 1:
				w.WriteHeader(http.StatusInternalServerError)
				return
			case 2:
				w.Header().Set("ETag", resumedETag(t, fake, r))
				w.Header().Set("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")
				w.Header().Set("Content-Length", "100000")
				_, _ = io.WriteString(w, big[:50_000])
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			}
			resumed.Store(r.Header.Get("Range"))
		}
		fake.ServeHTTP(w, r)
	}))
	defer s.Close()
	profile := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(profile, []byte("[work]\naws_access_key_id = key\naws_secret_access_key = hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", profile)
	t.Setenv("AWS_CONFIG_FILE", profile+".none")
	t.Setenv("AWS_PROFILE", "work")
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	f := fetcher(t)
	own := f.Getenv
	f.Getenv = func(name string) string {
		if name == "AWS_ENDPOINT_URL_S3" {
			return s.URL
		}
		return own(name)
	}
	for address, want := range map[string]string{
		"s3://payloads/a/kb%201.msu": "abc", "s3::" + s.URL + "/payloads/a/kb%201.msu": "abc", "s3://payloads/d.zip//net/nic.inf": "inf", "s3://payloads/big.iso": big,
	} {
		if got := get(t, f, address); read(t, got.Path) != want || got.Revision == "" {
			t.Errorf("%s: %+v", address, got.Pinned)
		}
	}
	if at := resumed.Load(); at != "bytes=50000-" {
		t.Errorf("resumed at %v", at)
	}
	if unsigned.Load() {
		t.Error("a request without the profile's signature")
	}
	for address, want := range map[string]string{"s3://payloads/none": "whether the address is right", "s3://none/x": "whether the address is right"} {
		if _, err := f.Get(t.Context(), Pinned{Address: address}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", address, err)
		}
	}
	f.Getenv = func(string) string { return "http://example.com" }
	if _, err := f.Get(t.Context(), Pinned{Address: "s3://payloads/big.iso"}); err == nil || !strings.Contains(err.Error(), "protects nothing") {
		t.Error(err)
	}
}

// resumedETag is what the server calls the object.
func resumedETag(t *testing.T, server http.Handler, r *http.Request) string {
	w := httptest.NewRecorder()
	head := r.Clone(t.Context())
	head.Method = http.MethodHead
	server.ServeHTTP(w, head)
	return w.Header().Get("ETag")
}
