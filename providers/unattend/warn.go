package unattend

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/unattend"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/answerfile"
	"github.com/gildhq/gild/providers"
)

// warn warns of settings that Windows ignores, or that it carries out again.
func warn(ctx context.Context, s image.Session, around providers.Around, want resource, absent bool) ([]*providers.Problem, error) {
	if absent {
		return nil, nil
	}
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return nil, err
	}
	var all []*providers.Problem
	for _, f := range want.faults() {
		if !f.Fatal {
			attr := "settings"
			if f.Path == "" {
				attr = "component"
			}
			all = append(all, &providers.Problem{Attr: attr, Summary: "Not a setting that Windows carries out", Detail: f.Detail})
		}
	}
	place, err := want.place(files)
	if err != nil {
		return nil, err
	}
	_, f, err := answerfile.Load(files, place)
	if odd := (*answerfile.Odd)(nil); errors.As(err, &odd) {
		return all, nil // Read refuses it
	}
	if err != nil {
		return nil, err
	}
	if f != nil {
		all = append(all, want.marked(f)...)
		all = append(all, want.doubled(f)...)
	}
	unread, err := want.unread(s, around)
	return append(all, unread...), err
}

// marked says what it means that the pass was processed.
func (r *resource) marked(f *unattend.File) []*providers.Problem {
	if !f.Processed(r.Pass) {
		return nil
	}
	var again []string
	for _, c := range f.Components() {
		if c.Pass == r.Pass && c.Name != r.Component && !slices.Contains(again, c.Name) {
			again = append(again, c.Name)
		}
	}
	also := ""
	if len(again) > 0 {
		also = " That goes for all else in the pass, too: " + strings.Join(again, ", ") + "."
	}
	return []*providers.Problem{{Attr: "pass", Summary: "Pass was processed already", Detail: fmt.Sprintf(
		"In %s, the pass %s is marked as processed (wasPassProcessed), so Windows would skip it. The mark is removed, and Windows carries out the pass again.%s",
		r.path(), r.Pass, also)}}
}

// doubled warns of duplicates in the file.
func (r *resource) doubled(f *unattend.File) []*providers.Problem {
	all := f.Twice()
	if len(all) == 0 {
		return nil
	}
	texts := make([]string, len(all))
	for i, t := range all {
		texts[i] = t.String()
	}
	detail := fmt.Sprintf("In the image, %s holds more than once: %s. Windows Setup refuses such a file; when it is changed, one is made of each.", r.path(), strings.Join(texts, "; "))
	for _, c := range f.Join() {
		if c.Pass != r.Pass || c.Name != r.Component {
			detail += fmt.Sprintf(" But %s: a resource for that component must say which it is.", c)
		}
	}
	return []*providers.Problem{{Attr: "path", Summary: "Twice in the answer file", Detail: detail}}
}

// unread reports whether Windows takes the pass from another file, or never looks at this one for
// the pass.
func (r *resource) unread(s image.Session, around providers.Around) ([]*providers.Problem, error) {
	files, err := answerfile.Find(s, around)
	if err != nil {
		return nil, err
	}
	detail := files.Unread(r.path(), r.Pass)
	if detail == "" {
		return nil, nil
	}
	return []*providers.Problem{{Attr: "path", Summary: "Windows will not read these settings", Detail: detail}}, nil
}
