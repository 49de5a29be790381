package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
	"github.com/sirupsen/logrus"
)

// TestModulesOCI: modules in a registry are chosen by version, and are used without it from
// then on.
func TestModulesOCI(t *testing.T) {
	logrus.SetLevel(logrus.PanicLevel)
	config := &configuration.Configuration{Storage: configuration.Storage{"inmemory": nil, "maintenance": {"uploadpurging": map[any]any{"enabled": false}}}}
	config.Catalog.MaxEntries = 100
	server := httptest.NewServer(handlers.NewApp(t.Context(), config))
	defer server.Close()
	push(t, server.URL, "1.0.0", map[string]string{"m.gild.hcl": `output "v" { value = "one" }`})
	push(t, server.URL, "1.4.0", map[string]string{
		"m.gild.hcl":        "module \"in\" { source = \"./in\" }\noutput \"v\" { value = module.in.v }",
		"in/in.gild.hcl":    `output "v" { value = trimspace(file("text.txt")) }`,
		"in/text.txt":       "newer\n",
		"in/more/other.txt": "",
	})
	push(t, server.URL, "2.0.0", map[string]string{"m.gild.hcl": `output "v" { value = "two" }`})

	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("GILD_CACHE_DIR", filepath.Join(dir, "cache"))
	t.Setenv("DOCKER_CONFIG", dir)
	write := func(version string) {
		t.Helper()
		text := fmt.Sprintf("module \"m\" {\n  source = \"oci://%s/acme/module\"\n  version = %q\n}\noutput \"v\" { value = module.m.v }\n", strings.TrimPrefix(server.URL, "http://"), version)
		if err := os.WriteFile(filepath.Join(dir, "a.gild.hcl"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run := func(code int, want string, args ...string) {
		t.Helper()
		if got, out := gild(t, args...); got != code || !strings.Contains(out, want) {
			t.Errorf("%q: %d\n%s", args, got, out)
		}
	}
	write("~> 1.0")
	run(1, "run gild init", "output", "-raw", "v")
	run(0, "(~> 1.0): 1.4.0", "init")
	run(0, "newer", "output", "-raw", "v")
	write("1.0.0") // of one file
	run(0, "(1.0.0): 1.0.0", "init")
	run(0, "one", "output", "-raw", "v")
	write(">= 3")
	run(1, "a.gild.hcl line 3", "init")
	write("1.0.0")
	server.Close()
	run(0, "one", "output", "-raw", "v")
}

// push pushes files as an artefact, as the specification of OCI's registries says.
func push(t *testing.T, server, tag string, files map[string]string) {
	t.Helper()
	send := func(method, url, media string, data []byte) *http.Response {
		q, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Type", media)
		resp, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if text, _ := io.ReadAll(resp.Body); resp.StatusCode >= 300 {
			t.Fatalf("%s %s: %s %s", method, url, resp.Status, text)
		}
		return resp
	}
	type descriptor struct {
		MediaType   string            `json:"mediaType"`
		Digest      string            `json:"digest"`
		Size        int               `json:"size"`
		Annotations map[string]string `json:"annotations,omitempty"`
	}
	blob := func(media, data string) descriptor {
		d := descriptor{MediaType: media, Digest: fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(data))), Size: len(data)}
		at := send(http.MethodPost, server+"/v2/acme/module/blobs/uploads/", "", nil).Header.Get("Location")
		send(http.MethodPut, at+"&digest="+d.Digest, "application/octet-stream", []byte(data))
		return d
	}
	manifest := map[string]any{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "artifactType": "application/vnd.test",
		"config": blob("application/vnd.oci.empty.v1+json", "{}")}
	var layers []descriptor
	for name, content := range files {
		d := blob("application/octet-stream", content)
		d.Annotations = map[string]string{"org.opencontainers.image.title": name}
		layers = append(layers, d)
	}
	manifest["layers"] = layers
	data, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	send(http.MethodPut, server+"/v2/acme/module/manifests/"+tag, "application/vnd.oci.image.manifest.v1+json", data)
}
