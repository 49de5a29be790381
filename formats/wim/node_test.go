package wim

import (
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/formats/nt"
)

func TestPutAndRemove(t *testing.T) {
	n := &Node{Attributes: AttrDirectory}
	for _, name := range []string{"b", "Ä", "a", "C", "c2", "B"} {
		n.Put(&Node{Name: name})
	}
	n.Children = append(n.Children, &Node{Name: "A"})
	n.Sort()
	names := func() string {
		var list []string
		for _, c := range n.Children {
			list = append(list, c.Name)
		}
		return strings.Join(list, " ")
	}
	if got, want := names(), "A a B C c2 Ä"; got != want {
		t.Errorf("put: %q, want %q", got, want)
	}
	if !n.Remove("a") || !n.Remove("ä") || n.Remove("x") {
		t.Error("Remove does not say what it did")
	}
	if got, want := names(), "A B C c2"; got != want {
		t.Errorf("removed: %q, want %q", got, want)
	}
}

func TestFiletime(t *testing.T) {
	for _, ft := range []nt.Time{0, 1, 116444736000000000, 132621674736063066, 130238382084601260, 2650467743999999999} {
		if got := nt.TimeOf(ft.Time()); got != ft {
			t.Errorf("%d comes back as %d", ft, got)
		}
	}
	if got, want := nt.Time(132621674736063066).Time(), time.Date(2021, 4, 6, 7, 24, 33, 606306600, time.UTC); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
