package file

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

var attributes = []struct {
	name string
	flag image.Attributes
}{
	{"readonly", image.ReadOnly}, {"hidden", image.Hidden}, {"system", image.System}, {"archive", image.Archive},
}

func attributeNames() []string {
	var names []string
	for _, a := range attributes {
		names = append(names, a.name)
	}
	return names
}

// namesOf returns the attributes that the kind decides on.
func namesOf(flags image.Attributes) []string {
	names := []string{}
	for _, a := range attributes {
		if flags&a.flag != 0 {
			names = append(names, a.name)
		}
	}
	return names
}

// flagsOf returns the flags for attributes; those that the kind does not decide
// on stay as they are.
func flagsOf(names []string, old image.Attributes) image.Attributes {
	flags := old &^ image.Normal
	for _, a := range attributes {
		flags &^= a.flag
		if slices.Contains(names, a.name) {
			flags |= a.flag
		}
	}
	if flags == 0 {
		return image.Normal
	}
	return flags
}

// wantedMeta is the metadata that the author sets; other fields are zero.
func (r *resource) wantedMeta() image.Meta {
	var m image.Meta
	if r.Attributes != nil {
		m.Attributes = flagsOf(r.Attributes, 0)
	}
	if r.Modified != nil {
		m.Written, _ = time.Parse(time.RFC3339, *r.Modified) // it was checked
	}
	return m
}

// keepable refuses metadata that the image can't keep, before anything is changed.
func keepable(_ context.Context, s image.Session, c providers.TypedChange[resource]) error {
	if c.Action == providers.Delete {
		return nil
	}
	meta := c.Want.wantedMeta()
	if err := image.CanKeep(s, meta); err != nil {
		return &providers.Problem{Attr: "attributes", Summary: "The target can't keep it", Detail: sentence(err)}
	}
	return nil
}

func sentence(err error) string { return strings.ToUpper(err.Error()[:1]) + err.Error()[1:] + "." }

// setMeta changes the metadata of an existing file that the author sets, if it
// differs.
func (r *resource) setMeta(files image.Files, name string) error {
	old, err := files.Meta(name)
	if err != nil {
		return err
	}
	m := old
	if r.Attributes != nil {
		m.Attributes = flagsOf(r.Attributes, old.Attributes)
	}
	if r.Modified != nil {
		m.Written = r.wantedMeta().Written
	}
	if m.Attributes == old.Attributes && m.Written.Equal(old.Written) {
		return nil
	}
	return files.SetMeta(name, m)
}

// haveMeta fills in a file's metadata from the image.
func (r *resource) haveMeta(m image.Meta) {
	text := timeText(m.Written)
	r.Attributes, r.Modified = namesOf(m.Attributes), &text
}
