//go:build !windows

package offline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/ground/busy"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
	"github.com/gildhq/gild/image/offline"
)

// TestHeldHive reads and writes a hive in a folder that another program locks for a
// moment, and replaces no other file that is in use.
func TestHeldHive(t *testing.T) {
	dir := t.TempDir()
	hive := filepath.Join(dir, "Windows", "System32", "config", "SOFTWARE")
	imagetest.WriteTree(t, dir)
	s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: dir}, image.OpenOptions{Write: true, Clock: imagetest.Clock()})
	must(t, err)
	defer s.Close()
	registry, _ := image.As[image.Registry](s)
	const key = `HKLM\SOFTWARE\gild test`
	for _, change := range []func() error{
		func() error { return registry.CreateKey(key) },
		func() error { return s.Commit(t.Context(), "") },
	} {
		release := hold(t, hive)
		began := time.Now()
		time.AfterFunc(50*time.Millisecond, release)
		must(t, change())
		if time.Since(began) < 50*time.Millisecond {
			t.Error("gild did not wait for it")
		}
	}

	name := filepath.Join(dir, "Windows", "in use.txt")
	must(t, os.WriteFile(name, []byte("old"), 0o666))
	defer hold(t, name)()
	if err := files(t, s).WriteFile("Windows/in use.txt", strings.NewReader("new"), image.Meta{}); !busy.Is(err) {
		t.Error(err)
	}
}

// hold locks a file exclusively.
func hold(t *testing.T, name string) (release func()) {
	t.Helper()
	lock := flock.New(name, flock.SetFlag(os.O_RDWR))
	if ok, err := lock.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	return func() { _ = lock.Close() }
}
