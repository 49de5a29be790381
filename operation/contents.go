package operation

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/cache"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/operation/host"
	"github.com/gildhq/gild/operation/lock"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// content is a payload or source image that comes into images from outside.
type content struct {
	lock.Key
	path    string     // where it is
	images  []string   // that it comes into
	at      *hcl.Range // where the author names it
	details []lock.Detail
	hidden  bool // its path is sensitive
	folder  bool // files of it are used, which are not known yet
}

// contents are those of a configuration, by what they are locked by.
type contents struct {
	list  []*content
	byKey map[lock.Key]*content

	outputs map[string]bool // paths of what the configuration makes itself
	here    sources
	own     string // folder of the cache, whose files have digests of their own
	kinds   []*providers.Provider
}

func newContents(w *Workspace) (*contents, error) {
	own, err := environment(w.Getenv).cache()
	return &contents{byKey: map[lock.Key]*content{}, outputs: map[string]bool{}, here: w.here, own: own, kinds: Kinds()}, err
}

// declared returns the contents that the configuration names, before any is read.
func declared(w *Workspace, m *Module) (*contents, error) {
	cs, err := newContents(w)
	if err != nil {
		return nil, err
	}
	for _, img := range m.Config.Images {
		cs.outputs[Absolute(img.Output)] = true
	}
	for _, img := range m.Config.Images {
		cs.source(img.Name, img.Source, img.From == "" && img.Inner == nil, img)
		for _, r := range img.Resources {
			kind := kindNamed(cs.kinds, r.Addr.Kind)
			if kind == nil || r.Absent {
				continue
			}
			if want, err := kind.Checked(r.Want, false); err == nil { // else the plan says so
				cs.payloads(img.Name, kind, want, r.Sensitive, func(attr string) *hcl.Range { return attrRange(r.AttrRange(attr)) })
			}
		}
	}
	return cs, nil
}

// planned returns the contents of a plan. The module, which knows where the author wrote
// things, may be nil.
func planned(w *Workspace, plan *planner.Plan, m *Module) (*contents, error) {
	cs, err := newContents(w)
	if err != nil {
		return nil, err
	}
	written := map[string]*dsl.Image{}
	if m != nil {
		for _, img := range m.Config.Images {
			cs.outputs[Absolute(img.Output)], written[img.Name] = true, img
		}
	}
	for _, img := range plan.Images {
		cs.outputs[Absolute(img.Output)] = true
	}
	for _, img := range plan.Images {
		cs.source(img.Name, img.Source.Path, img.From == "" && img.Within == nil && img.Target == "", written[img.Name])
		for _, it := range img.Items {
			kind := kindNamed(cs.kinds, it.Addr.Kind)
			if kind == nil || it.Absent {
				continue
			}
			at := func(string) *hcl.Range {
				return &hcl.Range{Filename: it.Place.File, Start: hcl.Pos{Line: it.Place.Line, Column: 1}}
			}
			if of := written[img.Name]; of != nil {
				if i := slices.IndexFunc(of.Resources, func(r *dsl.Resource) bool { return r.Addr == it.Addr }); i >= 0 {
					at = func(attr string) *hcl.Range { return attrRange(of.Resources[i].AttrRange(attr)) }
				}
			}
			cs.payloads(img.Name, kind, it.Want, it.Sensitive, at)
		}
	}
	return cs, nil
}

func (cs *contents) source(img, name string, from bool, written *dsl.Image) {
	if !from || name == "" || cs.outputs[Absolute(name)] {
		return
	}
	var at *hcl.Range
	if written != nil {
		at = attrRange(written.AttrRange("source"))
	}
	for n := 1; ; n++ {
		part := wim.PartName(name, n)
		if n > 1 {
			if _, err := os.Stat(Absolute(part)); err != nil {
				return
			}
		}
		cs.add(lock.Source, img, part, at, false)
		if !strings.EqualFold(filepath.Ext(name), ".swm") {
			return
		}
	}
}

func (cs *contents) payloads(img string, kind *providers.Provider, want cty.Value, sensitive []string, at func(attr string) *hcl.Range) {
	for _, p := range kind.Payloads(want) {
		for _, name := range p.Paths() {
			if full := Absolute(name); cs.outputs[full] || strings.HasPrefix(full, cs.own+string(filepath.Separator)) {
				continue
			}
			c := cs.add(lock.Payload, img, name, at(p.Attr), slices.Contains(sensitive, p.Attr))
			c.folder = p.Files == nil && slices.ContainsFunc(kind.Schema, func(a dsl.Attr) bool { return a.FilesOf == p.Attr })
			if kind.Details == nil {
				continue
			}
			for _, d := range kind.Details(want, p.Attr, filepath.ToSlash(name)) {
				c.learn(d.Name, d.Values...)
			}
		}
	}
}

func (cs *contents) add(sort lock.Sort, img, name string, at *hcl.Range, hidden bool) *content {
	key := lock.Key{Sort: sort, Address: name}
	if !address.Is(name) {
		key.Address = path.Clean(filepath.ToSlash(cs.here.nameOf(name)))
	}
	c := cs.byKey[key]
	if c == nil {
		c = &content{Key: key, path: name, at: at, hidden: hidden}
		cs.byKey[key] = c
		cs.list = append(cs.list, c)
	}
	if !slices.Contains(c.images, img) {
		c.images = append(c.images, img)
	}
	return c
}

// learn adds what is known of a content, each value once.
func (c *content) learn(name string, values ...string) {
	i := slices.IndexFunc(c.details, func(d lock.Detail) bool { return d.Name == name })
	if i >= 0 {
		values = slices.Concat(c.details[i].Values, values)
	}
	d, ok := lock.NewDetail(name, values...)
	switch {
	case i >= 0 && ok:
		c.details[i] = d
	case ok:
		c.details = append(c.details, d)
	}
}

// digest returns the digest of a content of this machine, and its size: that of a file, or
// of the names and contents of a folder.
func (c *content) digest(ctx context.Context, h *host.Host) (sum string, size int64, err error) {
	if c.Sort == lock.Source {
		d, err := h.Content(ctx, Absolute(c.path))
		return d.SHA256, d.Size, err
	}
	local := h.Path(c.Address)
	info, err := os.Stat(local)
	if err != nil {
		return "", 0, err
	}
	if !info.IsDir() {
		d, err := h.Digest(ctx, c.Address)
		return d.SHA256, d.Size, err
	}
	folder, err := cache.Survey(ctx, local, func(file string) (string, error) {
		d, err := h.Content(ctx, file)
		return d.SHA256, err
	})
	if err != nil {
		return "", 0, err
	}
	sum, size = folder.Content()
	return sum, size, nil
}

// describeSources adds what the source images say of themselves.
func (cs *contents) describeSources(ctx context.Context, m *Module) error {
	for _, img := range m.Config.Images {
		c := cs.byKey[lock.Key{Sort: lock.Source, Address: path.Clean(filepath.ToSlash(img.Source))}]
		if c == nil || img.From != "" || img.Inner != nil {
			continue
		}
		i := slices.IndexFunc(m.Input.Backends, func(b image.Backend) bool { return img.Backend == "" || b.Name() == img.Backend })
		if i < 0 {
			continue // which planning reports
		}
		ref := image.Ref{Path: Absolute(img.Source), Index: img.Index, Name: img.SourceName}
		s, err := m.Input.Backends[i].Open(ctx, ref, image.OpenOptions{AllowDirtyHives: img.AllowDirtyHives, Log: m.Input.Log})
		if err != nil {
			return fmt.Errorf("source of image %s: %w", img.Name, err)
		}
		info, err := s.Info(ctx)
		s.Close()
		if err != nil {
			return fmt.Errorf("source of image %s: %w", img.Name, err)
		}
		c.learn("edition", info.Edition)
		c.learn("build", strings.TrimPrefix(info.Version, "10.0."))
		c.learn("arch", info.Arch)
	}
	return nil
}
