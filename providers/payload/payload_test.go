package payload_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/payload"
	"github.com/gildhq/gild/providers/providertest"
)

func content(t *testing.T, f image.PayloadFile) string {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestFolder(t *testing.T) {
	host := providertest.NewHost(t, map[string]string{"a/x.cab": "x", "a/deep/er/y z.cab": "yz", "a/note.txt": "", "b": ""})
	for _, name := range []string{"a", "a/", "./a", host.Path("a")} {
		p, err := payload.Folder(t.Context(), host, "source", name, func(n string) bool { return strings.HasSuffix(n, ".cab") })
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range p.Files {
			got = append(got, f.Name+"="+content(t, f))
		}
		slices.Sort(got)
		if !slices.Equal(got, []string{"deep/er/y z.cab=yz", "x.cab=x"}) || p.Size() != 3 {
			t.Errorf("%s: %q, %d bytes", name, got, p.Size())
		}
	}
	f, err := payload.File(t.Context(), host, "source", "a/deep/er/y z.cab")
	if err != nil || f.Name != "y z.cab" || content(t, f) != "yz" {
		t.Errorf("file %+v, %v", f, err)
	}
}

func TestRefused(t *testing.T) {
	host := providertest.NewHost(t, map[string]string{"a/größe.cab": "", "b": "", "c/50%.cab": ""})
	folder := func(name string, keep func(string) bool) error {
		_, err := payload.Folder(t.Context(), host, "source", name, keep)
		return err
	}
	_, noFile := payload.File(t.Context(), host, "source", "a")
	for want, err := range map[string]error{
		"no folder": folder("x", nil), "b is a file, and a folder is needed": folder("b", nil), "a is a folder, and a file is needed": noFile, "rename": folder("a", nil),
		"50%": folder("c", nil), "none of the files": folder("a", func(string) bool { return false }),
	} {
		var problem *providers.Problem
		if !errors.As(err, &problem) || problem.Attr != "source" || !strings.Contains(problem.Detail, want) {
			t.Errorf("%v, want a problem that says %q", err, want)
		}
	}
}
