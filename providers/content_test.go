package providers_test

import (
	"errors"
	"testing"

	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

// TestContent: a small file is read and written as a whole; what is none is an error that
// says what it is.
func TestContent(t *testing.T) {
	files := providertest.NewImage(t, map[string][]byte{"a/b": []byte("12345"), "empty": {}}, true)
	wrong := func(is string) error { return errors.New(is) }
	if err := providers.WriteContent(files, "new/folder/c", []byte("x")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"a/b": "12345", "A/B": "12345", "empty": "", "new/folder/c": "x",
		"none": "nil", "a": "is a folder", "none/at/all": "nil",
	} {
		data, err := providers.Content(files, name, 5, "numbers", wrong)
		got := string(data)
		switch {
		case err != nil:
			got = err.Error()
		case data == nil:
			got = "nil"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if _, err := providers.Content(files, "a/b", 4, "numbers", wrong); err == nil || err.Error() != "has 5 bytes; a file of numbers has at most 4" {
		t.Errorf("too long: %v", err)
	}
}

func TestAttribute(t *testing.T) {
	if providers.Known("") != nil || *providers.Known("x") != "x" {
		t.Error("nothing is something, or something nothing")
	}
	if !providers.Is(new(true), true) || providers.Is(new(false), true) || providers.Is(nil, false) {
		t.Error("null is a value, or a value another one")
	}
}
