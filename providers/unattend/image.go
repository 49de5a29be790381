package unattend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/gildhq/gild/formats/unattend"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

func read(ctx context.Context, s image.Session, want resource) (*resource, error) {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return nil, err
	}
	_, f, err := load(files, want.path())
	if err != nil {
		return nil, err
	}
	c, err := want.component(ctx, s)
	if err == nil {
		err = want.checkTimeZone(s)
	}
	if err != nil {
		return nil, err
	}
	wanted := want.setting()
	secrets := want.secrets()
	if !f.Has(c) && (len(wanted.Fields) == 0 && len(secrets) == 0 || !allAbsent(f.Get(c, wanted), wanted, secrets)) {
		return nil, nil
	}
	have := &resource{Pass: want.Pass, Component: want.Component, Path: want.Path, Arch: want.Arch}
	if len(wanted.Fields) > 0 {
		have.Settings = valueOf(redact(f.Get(c, wanted)))
	}
	if len(secrets) == 0 {
		return have, nil
	}
	have.Secrets = map[string]*string{}
	for _, secret := range secrets {
		if text, ok := f.Lookup(c, secret.path); ok {
			have.Secrets[secret.path.String()] = &text
		} else if secret.text == nil {
			have.Secrets[secret.path.String()] = nil
		}
	}
	return have, nil
}

// allAbsent tells whether a component that is not there is as it is wanted, since
// nothing is wanted to be in it.
func allAbsent(have, want unattend.Setting, secrets []secret) bool {
	if slices.ContainsFunc(secrets, func(s secret) bool { return s.text != nil }) {
		return false
	}
	return len(want.Fields) == 0 || have.Kind == unattend.Object
}

// load returns an answer file and its bytes; a new one and nil where there is none.
func load(files image.Files, name string) ([]byte, *unattend.File, error) {
	problem := func(format string, args ...any) error {
		return &providers.Problem{Attr: "path", Summary: "Not an answer file", Detail: fmt.Sprintf(format, args...)}
	}
	info, err := files.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, unattend.New(), nil
	case err != nil:
		return nil, nil, err
	case info.IsDir():
		return nil, nil, problem("In the image %s is a folder. Choose another path.", name)
	case !info.Mode().IsRegular():
		return nil, nil, problem("In the image %s is a link. Choose another path.", name)
	}
	r, err := files.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, unattend.MaxSize+1))
	if err != nil {
		return nil, nil, err
	}
	f, err := unattend.Parse(data)
	if err != nil {
		return nil, nil, problem("The file %s in the image can't be read: %v. Choose another path, or replace the file with a file resource.", name, err)
	}
	return data, f, nil
}

// component is the one in the file that the resource is about.
func (r *resource) component(ctx context.Context, s image.Session) (unattend.Component, error) {
	c := unattend.Component{Pass: r.Pass, Name: r.Component}
	if r.Arch != nil {
		c.Arch = *r.Arch
		return c, nil
	}
	info, err := s.Info(ctx)
	if err != nil {
		return c, err
	}
	if c.Arch = info.Arch; c.Arch == "" {
		return c, &providers.Problem{Attr: "arch", Summary: "Unknown architecture",
			Detail: `The image does not tell which processors it is for. Set arch, for example to "amd64".`}
	}
	return c, nil
}

// timeZones is the key with a key for each time zone.
const timeZones = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Time Zones`

// checkTimeZone refuses a time zone that the image does not have. A name may end
// in _dstoff, for no daylight saving time.
func (r *resource) checkTimeZone(s image.Session) error {
	zone := r.setting().Fields["TimeZone"]
	if r.Component != shellSetup || zone.Kind != unattend.Text {
		return nil
	}
	reg, ok := image.As[image.Registry](s)
	if !ok {
		return nil
	}
	names, err := reg.Subkeys(timeZones)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(names) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(zone.Text, "_dstoff")
	if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
		return nil
	}
	near := slices.MinFunc(names, func(a, b string) int { return distance(a, name) - distance(b, name) })
	hint := ""
	if distance(near, name) <= max(2, len(name)/3) {
		hint = fmt.Sprintf(" Did you mean %q?", near)
	}
	return &providers.Problem{Attr: "settings", Summary: "Unknown time zone",
		Detail: fmt.Sprintf("The Windows in the image has no time zone %q.%s", name, hint)}
}

func distance(a, b string) int {
	return levenshtein.Distance(strings.ToLower(a), strings.ToLower(b), nil)
}

func apply(ctx context.Context, s image.Session, _ providers.Host, change providers.TypedChange[resource]) error {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return err
	}
	r := &change.Want
	before, f, err := load(files, r.path())
	if err != nil {
		return err
	}
	c, err := r.component(ctx, s)
	if err != nil {
		return err
	}
	if change.Action == providers.Delete {
		f.Remove(c)
	} else {
		r.merge(f, c)
	}
	switch after := f.Bytes(); {
	case bytes.Equal(after, before), before == nil && f.Empty():
		return nil
	case f.Empty():
		return files.Remove(r.path())
	default:
		if err := files.MkdirAll(path.Dir(r.path()), image.Meta{}); err != nil {
			return err
		}
		return files.WriteFile(r.path(), bytes.NewReader(after), image.Meta{})
	}
}

func (r *resource) merge(f *unattend.File, c unattend.Component) {
	f.Merge(c, r.setting())
	for _, secret := range r.secrets() {
		if secret.text != nil {
			f.Set(c, secret.path, *secret.text)
		} else {
			f.Unset(c, secret.path)
		}
	}
}

// list returns the components of the file at its usual place, without secrets.
func list(_ context.Context, s image.Session) ([]resource, error) {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return nil, err
	}
	_, f, err := load(files, defaultPath)
	if err != nil {
		return nil, err
	}
	var all []resource
	for _, c := range f.Components() {
		name := defaultPath
		all = append(all, resource{Pass: c.Pass, Component: c.Name, Path: &name, Arch: &c.Arch, Settings: valueOf(redact(f.All(c)))})
	}
	return all, nil
}
