package dismemu_test

import (
	"go/scanner"
	gotoken "go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gildhq/gild/image/dism/dismemu"
)

// TestAsked: the emulation takes nothing that gild never asks of DISM, but for what is
// listed here.
func TestAsked(t *testing.T) {
	unasked := map[string]string{
		"IgnoreCheck": "adds real packages for other builds than the sample's, so that they are read",
	}
	asked := askedOfDISM(t)
	for _, name := range dismemu.Options() {
		isAsked := slices.ContainsFunc(asked, func(s string) bool { return s == "/"+name || strings.HasPrefix(s, "/"+name+":") })
		if _, listed := unasked[name]; isAsked == listed {
			t.Errorf("/%s: gild asks it: %v, and it is listed as never asked: %v", name, isAsked, listed)
		}
		delete(unasked, name)
	}
	for name := range unasked {
		t.Errorf("/%s is listed, and the emulation does not take it", name)
	}
}

// askedOfDISM returns the strings of the product that begin with a slash.
func askedOfDISM(t *testing.T) []string {
	t.Helper()
	root, own := filepath.Join("..", "..", ".."), filepath.Join("..", "..", "..", "image", "dism", "dismemu")
	var found []string
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && (name == own || name == filepath.Join(root, "internal") || strings.HasPrefix(e.Name(), ".") && name != root) {
			return fs.SkipDir
		}
		if err != nil || e.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		set := gotoken.NewFileSet()
		var s scanner.Scanner
		s.Init(set.AddFile(name, -1, len(data)), data, nil, 0)
		for {
			_, kind, text := s.Scan()
			if kind == gotoken.EOF {
				return nil
			}
			if value, err := strconv.Unquote(text); kind == gotoken.STRING && err == nil && strings.HasPrefix(value, "/") {
				found = append(found, value)
			}
		}
	})
	if err != nil || len(found) == 0 {
		t.Fatal("gild asks nothing of DISM", err)
	}
	return found
}
