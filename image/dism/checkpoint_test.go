package dism_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/image"
)

func TestKeep(t *testing.T) {
	b := newBench(t)
	keep := func(want int) []image.Checkpoint {
		t.Helper()
		list, err := b.backend.Checkpoints(b.opts.Store)
		if err != nil || len(list) != want {
			t.Fatalf("%+v, %v; want %d", list, err, want)
		}
		return list
	}
	keep(0)
	s := b.open("one", "two")
	info, err := s.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sealed := func(want int, chain ...string) {
		t.Helper()
		opts := b.opts
		opts.Chain = chain
		if n, err := b.backend.Sealed(info.Fingerprint, opts); n != want || err != nil {
			t.Errorf("%d steps of %q, %v; want %d", n, chain, err, want)
		}
	}
	sealed(0, "one", "two")
	if err := s.Commit(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if err := s.(image.Forker).Fork(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), "two"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.backend.Drop(b.opts.Store, []string{"two"}); err == nil {
		t.Error("a mounted working image was removed")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	sealed(2, "one", "two", "three")
	sealed(1, "one", "three")
	sealed(0, "three")
	if list := keep(2); len(list[0].Pieces) == 0 || list[0].Pieces[0].Size == 0 || list[0].Damage != nil {
		t.Errorf("%+v", list)
	}
	if _, err := b.backend.Contents(b.opts.Store, "two"); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	if freed, err := b.backend.Drop(b.opts.Store, []string{"two"}); err != nil || freed == 0 {
		t.Errorf("freed %d, %v", freed, err)
	}
	sealed(1, "one", "two")
	bad := filepath.Join(b.opts.Store, "dism", "forks", "bad.wim")
	if err := os.WriteFile(bad, []byte("bad"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range keep(2) {
		if (c.Damage != nil) != (c.ID != "one") {
			t.Errorf("%+v", c)
		}
		if _, err := b.backend.Drop(b.opts.Store, []string{c.ID}); err != nil {
			t.Error(err)
		}
	}
	keep(0)
}
