package providers

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/ground/address"
)

// Payload is a file or folder of the machine gild runs on that a resource brings into an image.
type Payload struct {
	Attr    string // the attribute that names it
	Path    string
	Package bool // it is read by Windows' own installers
	// Files are the files of the folder that are used; nil: all of them.
	Files []string
}

// Detail is something to know of a payload, as its maker wrote it. Kinds share the names: kb,
// build, needs (the build that Windows must have before it), arch, language, capability, app,
// app_version, driver.
type Detail struct {
	Name   string
	Values []string
}

// DetailOf returns a detail of the texts that there are.
func DetailOf(name string, values ...*string) Detail {
	d := Detail{Name: name}
	for _, v := range values {
		if v != nil && *v != "" {
			d.Values = append(d.Values, *v)
		}
	}
	return d
}

// Paths are the files and folders that are used.
func (p Payload) Paths() []string {
	if p.Files != nil {
		return p.Files
	}
	return []string{p.Path}
}

// Payloads returns what a resource of the kind brings into an image, by the marks of its schema. It
// leaves out what is not known yet.
func (p *Provider) Payloads(want cty.Value) []Payload {
	var out []Payload
	for _, a := range p.Schema {
		if a.Payload == dsl.NoPayload {
			continue
		}
		named, files := paths(want, a.Name), p.filesOf(want, a.Name)
		if a.Type != cty.String && len(files) > 0 { // those that were named are among them
			named, files = files, nil
		}
		for _, path := range named {
			if a.Payload == dsl.PayloadSource {
				if of, _, err := SplitSource(path); err == nil { // else the plan refuses it
					path = of
				}
			}
			out = append(out, Payload{Attr: a.Name, Path: path, Package: a.Payload == dsl.PayloadPackage, Files: files})
		}
	}
	return out
}

// TakesFiles reports whether resources of the kind may use only some files of a folder.
func (p *Provider) TakesFiles() bool {
	for _, a := range p.Schema {
		if a.FilesOf != "" {
			return true
		}
	}
	return false
}

// filesOf returns the files found in the payload of an attribute.
func (p *Provider) filesOf(want cty.Value, name string) []string {
	for _, a := range p.Schema {
		if a.FilesOf == name {
			return paths(want, a.Name)
		}
	}
	return nil
}

// SplitSource takes apart a [dsl.PayloadSource]: its path and, for an image in a file, what stands
// before and after the path.
func SplitSource(s string) (path string, around [2]string, err error) {
	format, rest, ok := strings.Cut(s, ":")
	if lower := strings.ToLower(format); !ok || lower != "wim" && lower != "esd" {
		if s == "" {
			return "", around, errors.New("the source is empty: name a folder with Windows, or wim:FILE:INDEX")
		}
		return s, around, nil
	}
	i := max(0, strings.LastIndexByte(rest, ':'))
	if n, err := strconv.Atoi(strings.TrimPrefix(rest[i:], ":")); i == 0 || err != nil || n < 1 {
		return "", around, fmt.Errorf("%q names no image: write %s:FILE:INDEX, with the number of an image, from 1", s, format)
	}
	return rest[:i], [2]string{strings.ToLower(format) + ":", rest[i:]}, nil
}

// own is a name as this system writes it; an address stays as it is.
func own(name string) string {
	if address.Is(name) {
		return name
	}
	return filepath.FromSlash(name)
}

// paths are the paths in an attribute: one, a list of them, or none.
func paths(want cty.Value, attr string) []string {
	if !want.Type().IsObjectType() || !want.Type().HasAttribute(attr) || want.IsNull() || !want.IsKnown() {
		return nil
	}
	v := want.GetAttr(attr)
	switch {
	case v.IsNull() || !v.IsWhollyKnown():
		return nil
	case v.Type() == cty.String:
		return []string{own(v.AsString())}
	case !v.CanIterateElements():
		return nil
	}
	var out []string
	for _, e := range v.Elements() {
		if e.Type() == cty.String && !e.IsNull() {
			out = append(out, own(e.AsString()))
		}
	}
	return out
}
