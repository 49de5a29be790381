// Package review arranges a plan for people: what one declared resource stands for is a
// [Group], and what is done alike to images of one for_each is in it once. It decides
// what belongs together; views decide how that looks.
package review

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"

	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/providers"
)

// Family is images that are shown together: those of one for_each, or a single one. None
// of them is up to date.
type Family struct {
	Images []*document.Image
	Parts  []Part // what all images have in common comes first
}

// Part is what is done alike to some images of a family, or to all of them.
type Part struct {
	Images []*document.Image
	Groups []Group // in the order of the configuration
}

// Group is a block that an author has written, with everything it stands for: what its
// resource expands to, and each of its for_each.
type Group struct {
	Address string // without the image
	Changes []Change
}

// Change is what is done to one resource.
type Change struct {
	*document.ResourceChange
	Step    *document.Step // the last one that makes it; nil if there is none
	Dropped bool           // it is no longer declared, and becomes what it is in the source
}

// Families arranges the images that are not up to date.
func Families(p *document.Plan) []Family {
	var all []Family
	for _, img := range p.Images {
		if img.UpToDate {
			continue
		}
		name := family(img.Name)
		i := slices.IndexFunc(all, func(f Family) bool { return name != "" && family(f.Images[0].Name) == name })
		if i < 0 {
			i, all = len(all), append(all, Family{})
		}
		all[i].Images = append(all[i].Images, img)
	}
	for i := range all {
		all[i].Parts = parts(all[i].Images)
	}
	return all
}

// Singly returns each image that is not up to date as a family of its own.
func Singly(p *document.Plan) []Family {
	var all []Family
	for _, img := range p.Images {
		if !img.UpToDate {
			all = append(all, Family{[]*document.Image{img}, parts([]*document.Image{img})})
		}
	}
	return all
}

// family is the label of a block with for_each; empty for other images.
func family(image string) string {
	label, _, found := strings.Cut(image, "[")
	if !found {
		return ""
	}
	return label
}

// parts finds what images have in common.
func parts(images []*document.Image) []Part {
	type shared struct {
		group  Group
		images []*document.Image
	}
	var all []*shared
	known := map[[sha256.Size]byte]*shared{}
	for _, img := range images {
		for _, g := range groups(img) {
			var id [sha256.Size]byte
			if len(images) > 1 {
				id = g.identity(img.Name)
			}
			s := known[id]
			if s == nil || len(images) == 1 {
				s = &shared{group: g}
				known[id], all = s, append(all, s)
			}
			s.images = append(s.images, img)
		}
	}
	var out []Part
	for _, s := range all {
		i := slices.IndexFunc(out, func(p Part) bool { return slices.Equal(p.Images, s.images) })
		if i < 0 {
			i, out = len(out), append(out, Part{Images: s.images})
		}
		out[i].Groups = append(out[i].Groups, s.group)
	}
	slices.SortStableFunc(out, func(a, b Part) int { return len(b.Images) - len(a.Images) })
	return out
}

// groups returns what changes in an image.
func groups(img *document.Image) []Group {
	var all []Group
	at := map[string]int{}
	add := func(c Change) {
		top := Declared(Local(c.Address))
		i, ok := at[top]
		if !ok {
			i, all = len(all), append(all, Group{Address: top})
			at[top] = i
		}
		all[i].Changes = append(all[i].Changes, c)
	}
	for _, c := range img.ResourceChanges {
		add(Change{ResourceChange: c, Step: img.LastStep(c)})
	}
	for _, d := range img.Dropped {
		add(Change{ResourceChange: &document.ResourceChange{Address: d.Address, Action: planner.Undone(d.Action)}, Dropped: true})
	}
	return slices.DeleteFunc(all, func(g Group) bool { return len(g.Changing()) == 0 })
}

// Changing returns what is not left as it is.
func (g Group) Changing() []Change {
	return slices.DeleteFunc(slices.Clone(g.Changes), func(c Change) bool { return c.Action == planner.NoChange && c.Again() == "" })
}

// Kind returns the kind of the declared resource.
func (g Group) Kind() string {
	segments := strings.FieldsFunc(unquoted(g.Address), func(r rune) bool { return r == '.' })
	for len(segments) > 2 && segments[0] == "module" {
		segments = segments[2:]
	}
	return segments[0]
}

// Action is what happens to the group as a whole.
func (g Group) Action() providers.Action {
	action := providers.Action("")
	for _, c := range g.Changes {
		switch {
		case action == "":
			action = c.Action
		case action != c.Action:
			return providers.Update
		}
	}
	return action
}

// Counts counts the changes.
func (g Group) Counts() (n planner.Counts) {
	for _, c := range g.Changes {
		n.Count(c.Action)
	}
	return n
}

// Again says why a change is made although the image holds it.
func (c Change) Again() string {
	if c.Step == nil {
		return ""
	}
	return c.Step.Again
}

// Irreversible reports whether no other change undoes it.
func (c Change) Irreversible() bool { return c.Step != nil && c.Step.Irreversible }

// identity is equal for groups of two images that are shown alike.
func (g Group) identity(image string) [sha256.Size]byte {
	type change struct {
		document.ResourceChange
		Again        string
		Irreversible bool
		Dropped      bool
	}
	local := func(address string) string { return strings.TrimPrefix(address, image+"/") }
	all := make([]change, len(g.Changes))
	for i, c := range g.Changes {
		all[i] = change{*c.ResourceChange, c.Again(), c.Irreversible(), c.Dropped}
		r := &all[i].ResourceChange
		r.Address, r.Parent, r.Steps = local(r.Address), local(r.Parent), nil
		r.DependsOn = slices.Clone(r.DependsOn)
		for j := range r.DependsOn {
			r.DependsOn[j] = local(r.DependsOn[j])
		}
	}
	data, err := json.Marshal(all)
	if err != nil {
		return sha256.Sum256([]byte(image + "/" + g.Address)) // alike to nothing
	}
	return sha256.Sum256(data)
}

// Local returns an address without its image.
func Local(address string) string {
	if i := strings.IndexByte(unquoted(address), '/'); i >= 0 {
		return address[i+1:]
	}
	return address
}

// Declared returns, of an address without image, that of the block in the configuration: without
// what the resource expands to, and without the key of its for_each.
func Declared(local string) string {
	plain := unquoted(local)
	if i := strings.IndexByte(plain, '/'); i >= 0 {
		local, plain = local[:i], plain[:i]
	}
	if i := strings.LastIndexByte(plain, '['); i >= 0 && strings.HasSuffix(plain, "]") {
		return local[:i]
	}
	return local
}

// unquoted returns an address with keys of for_each blanked: what is in them separates
// nothing.
func unquoted(address string) string {
	out, in := []byte(address), false
	for i := 0; i < len(out); i++ {
		switch {
		case in && out[i] == '\\' && i+1 < len(out):
			out[i], out[i+1] = '_', '_'
			i++
		case out[i] == '"':
			in = !in
		case in:
			out[i] = '_'
		}
	}
	return string(out)
}
