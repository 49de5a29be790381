package main

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// servers are those of scripts, by where they are.
var servers sync.Map

// serve serves a folder, and sets a variable to where that is: serve VARIABLE FOLDER. The first
// answer to each request is that the server is busy. ! serve VARIABLE ends it.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	switch {
	case neg && len(args) == 1:
		s, ok := servers.LoadAndDelete(ts.Getenv(args[0]))
		if !ok {
			ts.Fatalf("nothing is served there")
		}
		s.(*httptest.Server).Close()
		return
	case neg || len(args) != 2:
		ts.Fatalf("usage: serve VARIABLE FOLDER, or ! serve VARIABLE")
	}
	files := http.FileServer(http.Dir(ts.MkAbs(args[1])))
	var asked sync.Map
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, again := asked.LoadOrStore(r.Method+r.URL.Path, true); !again {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		files.ServeHTTP(w, r)
	}))
	servers.Store(s.URL, s)
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL)
}

// zipped makes an archive of the files in a folder: zip FILE FOLDER.
func zipped(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: zip FILE FOLDER")
	}
	out, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	z := zip.NewWriter(out)
	ts.Check(z.AddFS(os.DirFS(ts.MkAbs(args[1]))))
	ts.Check(z.Close())
	ts.Check(out.Close())
}

// sha256 sets a variable to the digest of a file: sha256 VARIABLE FILE.
func sha256Of(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sha256 VARIABLE FILE")
	}
	ts.Setenv(args[0], fmt.Sprintf("%x", sha256.Sum256([]byte(ts.ReadFile(args[1])))))
}
