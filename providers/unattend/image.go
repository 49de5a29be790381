package unattend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/formats/unattend"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/answerfile"
	"github.com/gildhq/gild/providers"
)

func read(ctx context.Context, s image.Session, want resource) (*resource, error) {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return nil, err
	}
	place, err := want.place(files)
	if err != nil {
		return nil, err
	}
	data, f, err := load(files, place)
	if err != nil {
		return nil, err
	}
	c, err := want.component(ctx, s)
	if err == nil {
		err = want.checkTimeZone(s)
	}
	if err == nil {
		err = want.joinable(data, c)
	}
	if err != nil {
		return nil, err
	}
	wanted := want.setting()
	secrets := want.secrets()
	if !f.Has(c) && (len(wanted.Fields) == 0 && len(secrets) == 0 || !allAbsent(f.Get(c, wanted), wanted, secrets)) {
		return nil, nil
	}
	have := &resource{Pass: want.Pass, Component: want.Component, Path: want.Path, Arch: want.Arch, State: new(state(f, c))}
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

// allAbsent reports whether a missing component is as wanted, because all its settings are to be
// absent.
func allAbsent(have, want unattend.Setting, secrets []secret) bool {
	if slices.ContainsFunc(secrets, func(s secret) bool { return s.text != nil }) {
		return false
	}
	return len(want.Fields) == 0 || have.Kind == unattend.Object
}

// state says what Windows does with a component's settings.
func state(f *unattend.File, c unattend.Component) string {
	switch {
	case slices.ContainsFunc(f.Twice(), func(t unattend.Twice) bool {
		return t.Pass == c.Pass && (t.Name == "" || t.Component == c)
	}):
		return twice
	case f.Processed(c.Pass):
		return processed
	}
	return ready
}

// joinable returns an error if duplicates of a component could not be merged after the resource has
// set its settings.
func (r *resource) joinable(data []byte, c unattend.Component) error {
	if r.State == nil || len(data) == 0 { // nothing is set
		return nil
	}
	f, err := unattend.Parse(data)
	if err != nil || len(f.Twice()) == 0 {
		return err
	}
	r.merge(f, c)
	for _, conflict := range f.Join() {
		if conflict.Component == c {
			return &providers.Problem{Attr: "component", Summary: "Component twice in the answer file", Detail: fmt.Sprintf(
				"In the image, %s: %s. Windows Setup refuses a file with a component twice, and gild makes one of the two; say which value it is, in the settings.",
				r.path(), conflict)}
		}
	}
	return nil
}

// place is the path of the answer file as the image spells it.
func (r *resource) place(files image.Files) (string, error) {
	name, err := image.Spell(files, r.path())
	return name, providers.WhichFile("path", err)
}

// load returns an answer file and its bytes; a new one and nil if it does not exist.
func load(files image.Files, name string) ([]byte, *unattend.File, error) {
	data, f, err := answerfile.Load(files, name)
	if odd, ok := errors.AsType[*answerfile.Odd](err); ok {
		return nil, nil, &providers.Problem{Attr: "path", Summary: "Not an answer file",
			Detail: fmt.Sprintf("In the image, %s. Choose another path, or replace it with a file resource.", odd)}
	}
	if f == nil && err == nil {
		f = unattend.New()
	}
	return data, f, err
}

// component returns the resource's component in the file.
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
	return &providers.Problem{Attr: "settings", Summary: "Unknown time zone",
		Detail: fmt.Sprintf("The Windows in the image has no time zone %q.%s", name, similar.Hint(name, names))}
}

func apply(ctx context.Context, s image.Session, _ providers.Host, change providers.TypedChange[resource]) error {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return err
	}
	r := &change.Want
	place, err := r.place(files)
	if err != nil {
		return err
	}
	before, f, err := load(files, place)
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
		f.Unmark(c.Pass)
		f.Join() // planning has found what prevents it
	}
	switch after := f.Bytes(); {
	case bytes.Equal(after, before), before == nil && f.Empty():
		return nil
	case f.Empty():
		return files.Remove(place)
	default:
		return providers.WriteContent(files, place, after)
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

// list returns the components of the answer files that Windows may take, without
// secrets.
func list(_ context.Context, s image.Session) ([]resource, error) {
	files, err := answerfile.Find(s, nil)
	if err != nil {
		return nil, err
	}
	var all []resource
	for i := range files {
		found := &files[i]
		if found.File == nil {
			continue
		}
		for _, c := range found.File.Components() {
			is := state(found.File, c)
			if is == ready && files.First(c.Pass) != found {
				is = notRead
			}
			all = append(all, resource{Pass: c.Pass, Component: c.Name, Path: &found.Path, Arch: &c.Arch, State: &is, Settings: valueOf(redact(found.File.All(c)))})
		}
	}
	return all, nil
}
