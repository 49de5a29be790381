package providers

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// A Claim says what a resource decides on: a thing in the image, or a part of one. It keeps names
// and paths as the author wrote them. Claims of two resources conflict if they are on the same
// thing, or one on a whole and the other on a part of it; [Claims] finds such conflicts. Claims are
// comparable.
type Claim struct {
	on  claimed
	how string // set for claims that several resources may share: see [ClaimAlike]
}

// claimed is what a claim is on: one of the types below. It prints as words for people.
type claimed interface {
	fmt.Stringer
	canonical() claimed // equal for all spellings of one thing; paths are in upper case
}

type (
	claimedValue struct{ key, name string }
	claimedKey   struct {
		path string
		tree bool // and everything in it
	}
	claimedFile struct {
		path string
		tree bool
	}
	claimedPart struct {
		name string
		of   claimed
	}
	claimedThing struct{ kind, name string }
)

// ClaimValue is the claim on one registry value.
func ClaimValue(key, name string) Claim { return Claim{on: claimedValue{key, name}} }

// ClaimKey is the claim on the existence of a registry key, not on its content.
func ClaimKey(key string) Claim { return Claim{on: claimedKey{path: key}} }

// ClaimKeyTree is the claim on a registry key, its values and everything below it.
func ClaimKeyTree(key string) Claim { return Claim{on: claimedKey{key, true}} }

// ClaimFile is the claim on a file, or on the existence of a folder, by its name in
// the image.
func ClaimFile(name string) Claim { return Claim{on: claimedFile{path: name}} }

// ClaimFileTree is the claim on a folder and everything in it.
func ClaimFileTree(name string) Claim { return Claim{on: claimedFile{name, true}} }

// ClaimThing is the claim on any other thing: its sort and its name, which is empty if an image has
// only one. Names are case-sensitive.
func ClaimThing(kind, name string) Claim { return Claim{on: claimedThing{kind, name}} }

// ClaimPart is the claim on one part of what another claim is on, such as a line of a file or an
// entry of a value. It conflicts with a claim on the whole, but not with one on another part. The
// whole may itself be a part.
func ClaimPart(whole Claim, name string) Claim { return Claim{on: claimedPart{name, whole.on}} }

// ClaimAlike is a claim that several resources may share if all of them want the same; how says
// what they want.
func ClaimAlike(claim Claim, how string) Claim { return Claim{claim.on, how} }

// Part returns the name of the part that the claim is on; empty for a whole.
func (c Claim) Part() string {
	part, _ := c.on.(claimedPart)
	return part.name
}

func (c Claim) String() string        { return c.on.String() }
func (v claimedValue) String() string { return "registry value " + v.key + " : " + v.name }
func (p claimedPart) String() string  { return "part " + p.name + " of " + p.of.String() }
func (t claimedThing) String() string { return strings.TrimSuffix(t.kind+" "+t.name, " ") }

func (k claimedKey) String() string {
	if k.tree {
		return "registry tree " + k.path
	}
	return "registry key " + k.path
}

func (f claimedFile) String() string {
	if f.tree {
		return "file tree " + f.path
	}
	return "file " + f.path
}

func (v claimedValue) canonical() claimed { return claimedValue{keyPath(v.key), nt.Fold(v.name)} }
func (k claimedKey) canonical() claimed   { return claimedKey{keyPath(k.path), k.tree} }
func (f claimedFile) canonical() claimed  { return claimedFile{nt.Fold(f.path), f.tree} }
func (p claimedPart) canonical() claimed  { return claimedPart{nt.Fold(p.name), p.of.canonical()} }
func (t claimedThing) canonical() claimed { return t }

// keyPath brings a path of [image.KeyPath] to one separator, and replaces ControlSet001 with
// CurrentControlSet: in an image that is the same control set.
func keyPath(key string) string {
	if !strings.Contains(key, `\`) {
		key = strings.ReplaceAll(key, "/", `\`)
	}
	key = nt.Fold(key)
	const numbered, current = `HKLM\SYSTEM\CONTROLSET001`, `HKLM\SYSTEM\CURRENTCONTROLSET`
	if rest, ok := strings.CutPrefix(key, numbered); ok && (rest == "" || rest[0] == '\\') {
		key = current + rest
	}
	return key
}

// placeOf returns where in the image a canonical claim is, and whether it is on a tree; nil for
// things without a place. A part is in the place of its whole.
func placeOf(c claimed) (place claimed, tree bool) {
	switch c := c.(type) {
	case claimedValue:
		return c, false
	case claimedKey:
		return claimedKey{path: c.path}, c.tree
	case claimedFile:
		return claimedFile{path: c.path}, c.tree
	case claimedPart:
		return placeOf(c.of)
	}
	return nil, false
}

// above returns the place that contains a place; nil if there is none. A value is in its key.
func above(place claimed) claimed {
	switch c := place.(type) {
	case claimedValue:
		return claimedKey{path: c.key}
	case claimedKey:
		if i := strings.LastIndexByte(c.path, '\\'); i >= 0 {
			return claimedKey{path: c.path[:i]}
		}
	case claimedFile:
		if i := strings.LastIndexByte(c.path, '/'); i >= 0 {
			return claimedFile{path: c.path[:i]}
		}
	}
	return nil
}

// Claims keeps the claims of resources, each with its holder. The zero value is empty. The cost of
// a query depends on the depth of the claim's path, not on the number of claims.
type Claims[T any] struct {
	exact map[claimed]held[T] // by what the claim is on
	parts map[claimed]held[T] // the first claim on a part, by the whole
	trees map[claimed]held[T] // claims on trees, by place
	below map[claimed]held[T] // the first claim at a place or below it
}

type held[T any] struct {
	claim Claim
	by    T
}

// Conflict returns the first claim that conflicts with the given one, as words for people, and its
// holder.
func (c *Claims[T]) Conflict(claim Claim) (by T, what string, found bool) {
	on := claim.on.canonical()
	h, found := c.exact[on]
	if found && claim.how != "" && h.claim.how == claim.how {
		found = false
	} else if !found {
		h, found = c.parts[on]
	}
	for p, part := on.(claimedPart); !found && part; p, part = p.of.(claimedPart) {
		h, found = c.exact[p.of]
	}
	place, tree := placeOf(on)
	for p := place; !found && p != nil; p = above(p) {
		h, found = c.trees[p]
	}
	if !found && tree {
		h, found = c.below[place]
	}
	if !found {
		return by, "", false
	}
	what = h.claim.String()
	if claim.how != "" && h.claim.how != "" {
		what += ", each in a different form"
	}
	return h.by, what, true
}

// Add adds a claim of a holder.
func (c *Claims[T]) Add(claim Claim, by T) {
	if c.exact == nil {
		c.exact, c.parts = map[claimed]held[T]{}, map[claimed]held[T]{}
		c.trees, c.below = map[claimed]held[T]{}, map[claimed]held[T]{}
	}
	h, on := held[T]{claim, by}, claim.on.canonical()
	keep(c.exact, on, h)
	for p, part := on.(claimedPart); part; p, part = p.of.(claimedPart) {
		keep(c.parts, p.of, h)
	}
	place, tree := placeOf(on)
	if tree {
		keep(c.trees, place, h)
	}
	for p := place; p != nil; p = above(p) {
		keep(c.below, p, h)
	}
}

func keep[T any](m map[claimed]held[T], on claimed, h held[T]) {
	if _, ok := m[on]; !ok {
		m[on] = h
	}
}
