package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/unattend"
	"github.com/gildhq/gild/formats/unattend/catalogue"
	"github.com/gildhq/gild/formats/xmldoc"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/answerfile"
	"github.com/gildhq/gild/providers"
)

// Files that Windows finds by their names and reads in a certain form: gild refuses
// ones that Windows could not read.

const (
	associations = "Windows/System32/OEMDefaultAssociations.xml"
	tasks        = "Windows/System32/Tasks/"
	setupScripts = "Windows/Setup/Scripts/"
)

// form is the form that Windows expects.
type form int

const (
	anything form = iota
	answers       // an answer file
	document      // XML
	batch         // a batch file
)

func formOf(name string) form {
	ext := strings.ToLower(path.Ext(name))
	switch {
	case ext == ".xml" && answerfile.Searched(name) && strings.Contains(strings.ToLower(path.Base(name)), "unattend"):
		return answers
	case nt.Equal(name, associations), nt.HasPrefix(name, tasks):
		return document
	case ext == ".cmd", ext == ".bat":
		return batch
	}
	return anything
}

// bring calls found for each file of the resource that Windows expects in a certain
// form. It skips files that are too large.
func (r *resource) bring(host providers.Host, found func(name string, form form, data []byte) error) error {
	if r.Content != nil {
		if form := formOf(r.Path); form != anything {
			return found(r.Path, form, r.text())
		}
		return nil
	}
	var errs []error
	for name, source := range r.sources() {
		form := formOf(name)
		if form == anything {
			continue
		}
		data, err := contentOf(host.Path(source))
		if err == nil && data != nil {
			err = found(name, form, data)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// sources yields the files that are copied, by their names in the image, with where
// they are.
func (r *resource) sources() iter.Seq2[string, string] {
	return func(yield func(name, source string) bool) {
		switch {
		case r.Source == nil:
		case r.Files == nil:
			yield(r.Path, *r.Source)
		default:
			for _, key := range slices.Sorted(maps.Keys(r.Files)) {
				name := nameOf(key)
				if !strings.HasSuffix(key, "/") && !yield(r.Path+"/"+name, address.Join(*r.Source, name)) {
					return
				}
			}
		}
	}
}

// contentOf returns the content of a file; nil if it is too large for such a file.
func contentOf(source string) ([]byte, error) {
	if info, err := os.Stat(source); err != nil || info.Size() > xmldoc.MaxSize {
		return nil, err
	}
	data, err := regular.Read(source, xmldoc.MaxSize)
	if err == nil && data == nil {
		data = []byte{}
	}
	return data, err
}

// made returns the future content of a file in the image.
func made(host providers.Host, want resource, name string) ([]byte, error) {
	if want.Content != nil && nt.Equal(name, want.Path) {
		return want.text(), nil
	}
	for is, source := range want.sources() {
		if nt.Equal(cty.NormalizeString(is), name) {
			return contentOf(host.Path(source))
		}
	}
	return nil, nil
}

// readable refuses files that Windows could not read.
func (r *resource) readable(host providers.Host) error {
	return r.bring(host, func(name string, form form, data []byte) error {
		var err error
		what := ""
		switch form {
		case answers:
			_, err = unattend.Parse(data)
			what = "an answer file"
		case document:
			_, err = xmldoc.Parse(data)
			what = "an XML document"
		case batch:
			if image.IsUTF16(data) && nt.HasPrefix(name, setupScripts) {
				err = errors.New("it is in UTF-16, which cmd.exe can't run; save it in ASCII, or in the code page of the image's language")
				what = "a batch file"
			}
		}
		if err != nil {
			return r.problem("Windows can't read the file", "%[3]s is to be %[1]s, where Windows expects %[2]s, and could not be read: %[4]v.", name, what, r.origin(name), err)
		}
		return nil
	})
}

func (r *resource) attr() string {
	if r.Content != nil {
		return "content"
	}
	return "source"
}

func (r *resource) problem(summary, format string, args ...any) *providers.Problem {
	return &providers.Problem{Attr: r.attr(), Summary: summary, Detail: fmt.Sprintf(format, args...)}
}

// origin is the author's name for a file of the resource.
func (r *resource) origin(name string) string {
	switch {
	case r.Content != nil:
		return "The content"
	case r.Files == nil:
		return *r.Source
	}
	return address.Join(*r.Source, strings.TrimPrefix(name, r.Path+"/"))
}

// warn warns if Windows does something else with a file than its author may expect.
func warn(_ context.Context, s image.Session, around providers.Around, want resource, absent bool) ([]*providers.Problem, error) {
	if absent {
		return nil, nil
	}
	var all []*providers.Problem
	find := sync.OnceValues(func() (answerfile.Files, error) { return answerfile.Find(s, around) })
	err := want.bring(around.Host, func(name string, form form, data []byte) error {
		const summary = "Not what Windows carries out"
		switch {
		case form == batch && image.IsUTF16(data):
			all = append(all, want.problem("Batch file in UTF-16", "%s is in UTF-16, which cmd.exe can't run. Save it in ASCII, or in the code page of the image's language.", want.origin(name)))
		case form == batch && bytes.HasPrefix(data, []byte(byteOrderMark)):
			all = append(all, want.problem("Batch file with a byte order mark", "%s begins with a byte order mark, which cmd.exe takes for a part of the first command. Save it without one.", want.origin(name)))
		case form == document && nt.HasPrefix(name, tasks):
			if root, err := xmldoc.Parse(data); err == nil {
				if _, ok := root.Attr("version"); !ok {
					all = append(all, want.problem("Task without a version", "%s, line %d: the Task has no version, by which the Task Scheduler knows what may be in it. Add version=\"1.2\", or what the machine it was made on has exported.", want.origin(name), root.Line))
				}
			}
		case form == answers:
			f, err := unattend.Parse(data)
			if err != nil {
				return nil // it was refused
			}
			found, err := find()
			if err != nil {
				return err
			}
			for _, detail := range answerfile.Refused(f) {
				all = append(all, want.problem(summary, "%s: %s", want.origin(name), detail))
			}
			for _, pass := range f.Passes() {
				if detail := found.Unread(name, pass); detail != "" {
					all = append(all, want.problem("Windows will not read these settings", "%s: %s", want.origin(name), detail))
				}
			}
			for _, c := range f.Components() {
				for _, fault := range catalogue.Check(c, f.All(c), similar.Name) {
					all = append(all, want.problem(summary, "%s, line %d: %s", want.origin(name), f.Line(c, fault.Path), fault.Detail))
				}
			}
		}
		return nil
	})
	return all, err
}
