// Package imagetest is the test suite that every backend must pass: call [Run] with a
// [Fixture].
package imagetest

import (
	"context"
	"io/fs"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
)

// Clock is the timestamp of everything that the suite writes.
func Clock() time.Time { return time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC) }

// Fixture is an image with [Files], opened by the backend under test.
type Fixture struct {
	Backend image.Backend
	Ref     image.Ref
	Open    image.OpenOptions // Write, Clock and Chain are set by the suite

	// InPlace is for an image that is changed in place: changes to files are made at
	// once, there are no checkpoints, and the image can't be exported.
	InPlace bool
	// PlainMeta is for a file system that stores only the attribute readonly and the
	// time of writing.
	PlainMeta bool
}

// Run tests a backend. Each test calls fixture for an image of its own.
func Run(t *testing.T, fixture func(t *testing.T) Fixture) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Fixture)
	}{
		{"Reading", testReading},
		{"Missing", testMissing},
		{"ReadOnly", testReadOnly},
		{"Capabilities", testCapabilities},
		{"Close", testClose},
		{"Checkpoints", testCheckpoints},
		{"Exchanged", testExchanged},
		{"Write", testWrite},
		{"WriteRefused", testWriteRefused},
		{"Folders", testFolders},
		{"Remove", testRemove},
		{"Meta", testMeta},
		{"Inherit", testInherit},
		{"Registry", testRegistry},
		{"RegistryDiscarded", testRegistryDiscarded},
		{"FirstBoot", testFirstBoot},
		{"Access", testAccess},
		{"Memo", testMemo},
		{"Random", testRandom},
		{"Cancelled", testCancelled},
		{"Export", testExport},
		{"ExportAfterResume", testExportAfterResume},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, fixture(t)) })
	}
}

// opened is an open session with its capabilities.
type opened struct {
	image.Session
	files    image.Files
	registry image.Registry
}

// open opens the image for writing, at the last checkpoint of chain.
func (f Fixture) open(t *testing.T, chain ...string) opened {
	t.Helper()
	opts := f.Open
	opts.Write, opts.Clock, opts.Chain = true, Clock(), chain
	return f.openWith(t, opts)
}

// reader opens the image for reading.
func (f Fixture) reader(t *testing.T, chain ...string) opened {
	t.Helper()
	opts := f.Open
	opts.Chain = chain
	return f.openWith(t, opts)
}

func (f Fixture) openWith(t *testing.T, opts image.OpenOptions) opened {
	t.Helper()
	s, err := f.Backend.Open(t.Context(), f.Ref, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return with(t, s)
}

func with(t *testing.T, s image.Session) opened {
	t.Helper()
	files, ok := image.As[image.Files](s)
	if !ok {
		t.Fatal("the session has no files")
	}
	registry, ok := image.As[image.Registry](s)
	if !ok {
		t.Fatal("the session has no registry")
	}
	return opened{s, files, registry}
}

func (s opened) commit(t *testing.T, id string) {
	t.Helper()
	if err := s.Commit(context.Background(), id); err != nil {
		t.Fatalf("commit %s: %v", id, err)
	}
}

func (s opened) close(t *testing.T) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// content returns the content of a file.
func (s opened) content(t *testing.T, name string) string {
	t.Helper()
	b, err := fs.ReadFile(s.files, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (s opened) exists(t *testing.T, name string) bool {
	t.Helper()
	_, err := s.files.Stat(name)
	return err == nil
}
