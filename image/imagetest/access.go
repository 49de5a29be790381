package imagetest

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/image"
)

// testAccess checks that a rule for the output is stored in checkpoints, set on the
// output, and read back from it.
func testAccess(t *testing.T, f Fixture) {
	s := f.open(t)
	if _, ok := image.As[image.Access](s.Session); !ok {
		t.Skip("there is no output")
	}
	s.sameAccess(t, image.AccessRule{})
	private := image.AccessRule{Read: []string{}, Write: []string{}}
	public := image.AccessRule{Read: []string{image.Everyone}, Write: []string{}}
	for i, rule := range []image.AccessRule{private, {}, public} {
		if err := s.access(t).CheckAccess(rule); err != nil {
			t.Fatal(err)
		}
		if err := s.access(t).SetAccess(rule); err != nil {
			t.Fatal(err)
		}
		s.commit(t, stepIDs()[i])
		s.close(t)
		s = f.open(t, stepIDs()...)
		s.sameAccess(t, rule)
	}
	s.close(t)
	s = f.open(t, stepIDs()[:1]...)
	s.sameAccess(t, private)
	if err := f.reader(t).access(t).SetAccess(public); !errors.Is(err, image.ErrReadOnly) {
		t.Errorf("set in an image open for reading only: %v", err)
	}
	if err := s.access(t).CheckAccess(image.AccessRule{Owner: "no such account"}); err == nil {
		t.Error("an unknown account is accepted")
	}
	if !has(s.Session, image.CanExport) {
		return
	}
	f.Ref, f.Open.Store = image.Ref{Path: s.export(t, image.ExportOptions{Receipt: []byte("{}")})}, filepath.Join(t.TempDir(), "store")
	out := f.open(t)
	out.sameAccess(t, private)
	if err := out.access(t).SetAccess(image.AccessRule{}); err != nil {
		t.Fatal(err)
	}
	f.Ref.Path = out.export(t, image.ExportOptions{})
	f.reader(t).sameAccess(t, image.AccessRule{})
}

func (s opened) access(t *testing.T) image.Access {
	t.Helper()
	a, ok := image.As[image.Access](s.Session)
	if !ok {
		t.Fatal("the session has no access rule")
	}
	return a
}

func (s opened) sameAccess(t *testing.T, want image.AccessRule) {
	t.Helper()
	if got, err := s.access(t).Access(); err != nil || !got.Equal(want) {
		t.Errorf("access %+v, %v, want %+v", got, err, want)
	}
}
