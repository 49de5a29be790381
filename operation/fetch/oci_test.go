package fetch

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
	"github.com/hashicorp/go-version"
	"github.com/sirupsen/logrus"
)

// registry is one in this process, whose answers a test may change.
type registry struct {
	t     *testing.T
	url   string
	host  string
	fault atomic.Value // of func(w http.ResponseWriter, r *http.Request) bool, which tells whether it has answered
}

func newRegistry(t *testing.T) *registry {
	t.Helper()
	config := &configuration.Configuration{Storage: configuration.Storage{"inmemory": nil, "maintenance": {"uploadpurging": map[any]any{"enabled": false}}}}
	config.Catalog.MaxEntries = 100
	logrus.SetLevel(logrus.PanicLevel)
	app := handlers.NewApp(t.Context(), config)
	r := &registry{t: t}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if fault, _ := r.fault.Load().(func(http.ResponseWriter, *http.Request) bool); fault != nil && fault(w, q) {
			return
		}
		app.ServeHTTP(w, q)
	}))
	t.Cleanup(s.Close)
	r.url, r.host = s.URL, strings.TrimPrefix(s.URL, "http://")
	return r
}

func (r *registry) send(method, url, media string, data []byte) *http.Response {
	r.t.Helper()
	q, err := http.NewRequest(method, url, bytes.NewReader(data))
	if err != nil {
		r.t.Fatal(err)
	}
	q.Header.Set("Content-Type", media)
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode >= 300 {
		r.t.Fatalf("%s %s: %s %s", method, url, resp.Status, text)
	}
	return resp
}

// push pushes an artefact by hand, as the specification says, and returns its digest.
func (r *registry) push(repo, tag string, layers ...packed) string {
	r.t.Helper()
	blob := func(data string) map[string]any {
		at := r.send("POST", r.url+"/v2/"+repo+"/blobs/uploads/", "", nil).Header.Get("Location")
		r.send("PUT", at+"&digest=sha256:"+sum(data), "application/octet-stream", []byte(data))
		return map[string]any{"mediaType": "application/octet-stream", "digest": "sha256:" + sum(data), "size": len(data)}
	}
	var list []any
	for _, l := range layers {
		d := blob(l.content)
		if media, ok := strings.CutPrefix(l.name, "media:"); ok {
			d["mediaType"] = media
		} else {
			d["annotations"] = map[string]string{"org.opencontainers.image.title": l.name}
		}
		list = append(list, d)
	}
	config := blob("{}")
	config["mediaType"] = "application/vnd.oci.empty.v1+json"
	const media = "application/vnd.oci.image.manifest.v1+json"
	data, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": media, "artifactType": "application/vnd.test", "config": config, "layers": list})
	if err != nil {
		r.t.Fatal(err)
	}
	r.send("PUT", r.url+"/v2/"+repo+"/manifests/"+tag, media, data)
	return "sha256:" + sum(string(data))
}

func TestOCI(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	r := newRegistry(t)
	one := r.push("acme/kb", "1.0.0", packed{name: "kb.msu", content: "abc"})
	r.push("acme/kb", "1.1.0", packed{name: "kb.msu", content: "newer"})
	r.push("acme/drivers", "v1", packed{name: "net/nic.inf", content: "inf"}, packed{name: "read.me", content: "text"})
	archive := zipOf(t, packed{name: "net/nic.inf", content: "zipped"})
	r.push("acme/module", "v1", packed{name: "media:archive/zip", content: archive})
	f := fetcher(t)
	at := "oci://" + r.host + "/acme/"
	for address, want := range map[string]string{
		at + "kb:1.0.0": "abc", at + "kb@" + one: "abc", at + "kb:1.1.0": "newer", at + "kb:1.1.0//kb.msu": "newer",
		at + "drivers:v1//net/nic.inf": "inf", at + "drivers:v1//read.me": "text", at + "module:v1//net/nic.inf": "zipped", at + "module:v1": archive,
	} {
		if got := get(t, f, address); read(t, got.Path) != want {
			t.Errorf("%s: %+v", address, got)
		}
	}
	if got := get(t, f, at+"kb:1.0.0"); got.Revision != one || filepath.Base(got.Path) != "kb.msu" || got.SHA256 != sum("abc") {
		t.Errorf("%+v", got)
	}
	if got := get(t, f, at+"drivers:v1//net"); filepath.Base(got.Path) != "net" {
		t.Errorf("%+v", got)
	}
	constraint, err := version.NewConstraint("~> 1.0")
	if err != nil {
		t.Fatal(err)
	}
	if p, err := f.Resolve(t.Context(), at+"kb", constraint); err != nil || p.Version != "1.1.0" {
		t.Errorf("%+v, %v", p, err)
	}
	for address, want := range map[string]string{at + "kb": "neither a tag nor a digest", at + "kb:none": "no such artefact", at + "none:1": "no such artefact",
		at + "kb:1.0.0//x": "no archive"} {
		if _, err := f.Get(t.Context(), Pinned{Address: address}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestOCIFaults(t *testing.T) {
	docker := t.TempDir()
	t.Setenv("DOCKER_CONFIG", docker)
	r := newRegistry(t)
	big := strings.Repeat("0123456789", 10_000)
	r.push("a", "1", packed{name: "big.iso", content: big})
	at := Pinned{Address: "oci://" + r.host + "/a:1"}
	var n atomic.Int32
	var ranges atomic.Value
	r.fault.Store(func(w http.ResponseWriter, q *http.Request) bool {
		if !strings.Contains(q.URL.Path, "/blobs/") {
			return false
		}
		switch n.Add(1) {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		case 2:
			w.Header().Set("Content-Length", fmt.Sprint(len(big)))
			_, _ = io.WriteString(w, big[:50_000])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		ranges.Store(q.Header.Get("Range"))
		return false
	})
	got, err := fetcher(t).Get(t.Context(), at)
	if err != nil || got.SHA256 != sum(big) || !strings.HasPrefix(fmt.Sprint(ranges.Load()), "bytes=50000-") {
		t.Errorf("%+v, %v, at last %q", got.Pinned, err, ranges.Load())
	}
	r.fault.Store(func(w http.ResponseWriter, q *http.Request) bool {
		if strings.Contains(q.URL.Path, "/blobs/") {
			_, _ = io.WriteString(w, strings.ToUpper(strings.Repeat("x", len(big))))
			return true
		}
		return false
	})
	if _, err := fetcher(t).Get(t.Context(), at); err == nil || !strings.Contains(err.Error(), sum(big)) {
		t.Errorf("another content: %v", err)
	}
	// The registry wants a login, and sends the content from another host, which gets none.
	var leaked atomic.Bool
	cdn := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("Authorization") != "" {
			leaked.Store(true)
		}
		_, _ = io.WriteString(w, big)
	}))
	defer cdn.Close()
	r.fault.Store(func(w http.ResponseWriter, q *http.Request) bool {
		if user, password, _ := q.BasicAuth(); user != "me" || password != "hush" {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}
		if strings.Contains(q.URL.Path, "/blobs/") {
			http.Redirect(w, q, cdn.URL+"/x?sig=hush", http.StatusTemporaryRedirect)
			return true
		}
		return false
	})
	if _, err := fetcher(t).Get(t.Context(), at); err == nil || !strings.Contains(err.Error(), "docker login") {
		t.Errorf("no login: %v", err)
	}
	config := fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, r.host, base64.StdEncoding.EncodeToString([]byte("me:hush")))
	if err := os.WriteFile(filepath.Join(docker, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := fetcher(t).Get(t.Context(), at); err != nil || got.SHA256 != sum(big) {
		t.Errorf("%+v, %v", got, err)
	}
	if leaked.Load() {
		t.Error("another host got the login")
	}
}

func TestHostileArtefact(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	r := newRegistry(t)
	for tag, c := range map[string]struct {
		layers []packed
		want   string
	}{
		"above":    {[]packed{{name: "../x", content: "abc"}}, "leads out"},
		"absolute": {[]packed{{name: "/x", content: "abc"}}, "leads out"},
		"drive":    {[]packed{{name: "C:x", content: "abc"}}, "not every system"},
		"twice":    {[]packed{{name: "x", content: "abc"}, {name: "x", content: "abcd"}}, "twice"},
		"image":    {[]packed{{name: "media:application/x-unknown", content: "abc"}}, "without the name"},
	} {
		r.push("bad", tag, c.layers...)
		if _, err := fetcher(t).Get(t.Context(), Pinned{Address: "oci://" + r.host + "/bad:" + tag}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", tag, err)
		}
	}
}
