package providers

import (
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// A claim says what a resource decides on. Two resources of an image must not claim
// the same thing, nor one a whole and the other a part of it: [Claims] finds that.
// Claims contain paths as the author wrote them; two claims with one [canonical]
// form are on the same thing.

const (
	// joint separates words from names: a character that no name contains. Messages
	// show a space instead.
	joint = "\x00"

	valueClaim    = "registry value" + joint
	keyClaim      = "registry key" + joint
	keyTreeClaim  = "registry tree" + joint
	fileClaim     = "file" + joint
	fileTreeClaim = "file tree" + joint

	partClaim, partOf = "part" + joint, joint + "of "
	alikeClaim        = joint + "as" + joint

	// nameSep comes between a key and the name of a value.
	nameSep = joint + ": "
)

// ClaimValue is the claim on one value of a registry key.
func ClaimValue(key, name string) string { return valueClaim + key + nameSep + name }

// ClaimKey is the claim on the existence of a registry key, not on what is in it.
func ClaimKey(key string) string { return keyClaim + key }

// ClaimKeyTree is the claim on a registry key with its values and everything below
// it.
func ClaimKeyTree(key string) string { return keyTreeClaim + key }

// ClaimFile is the claim on a file, or on the existence of a folder, by its name in
// the image.
func ClaimFile(name string) string { return fileClaim + name }

// ClaimFileTree is the claim on a folder with everything in it.
func ClaimFileTree(name string) string { return fileTreeClaim + name }

// ClaimPart is the claim on one part of what another claim is on, such as a line of
// a file or an entry of a value. It conflicts with a claim on the whole, but not
// with one on another part. The whole may itself be a part.
func ClaimPart(whole, name string) string { return partClaim + name + partOf + whole }

// ClaimAlike is a claim that several resources may share if all want the same: how says
// what they want.
func ClaimAlike(claim, how string) string { return claim + alikeClaim + how }

// Claims holds the claims of resources, each by its holder. The zero value is
// empty. The cost of a query depends on the depth of the claim's path, not on the
// number of claims.
type Claims[T any] struct {
	exact map[string]held[T] // by claim
	parts map[string]held[T] // the first claim on a part, by the claim on the whole
	trees map[string]held[T] // tree claims, by place
	below map[string]held[T] // the first claim at a place or below it
}

type held[T any] struct {
	claim string
	how   string // of those that several may have
	by    T
}

// Conflict returns the first claim that conflicts with the given one, in words for
// people, and its holder.
func (c *Claims[T]) Conflict(claim string) (by T, what string, found bool) {
	claim, how, _ := strings.Cut(claim, alikeClaim)
	claim = canonical(claim)
	h, found := c.exact[claim]
	if found && how != "" && h.how == how {
		h, found = held[T]{}, false
	} else if !found {
		h, found = c.parts[claim]
	}
	for whole, part := wholeOf(claim); !found && part; whole, part = wholeOf(whole) {
		h, found = c.exact[whole]
	}
	place, tree := split(claim)
	for p := place; !found && p != ""; p = parent(p) {
		h, found = c.trees[p]
	}
	if !found && tree {
		h, found = c.below[place]
	}
	what = strings.ReplaceAll(h.claim, joint, " ")
	if found && how != "" && h.how != "" {
		what += ", each in a different way"
	}
	return h.by, what, found
}

// Add holds a claim.
func (c *Claims[T]) Add(claim string, by T) {
	if c.exact == nil {
		c.exact, c.parts = map[string]held[T]{}, map[string]held[T]{}
		c.trees, c.below = map[string]held[T]{}, map[string]held[T]{}
	}
	claim, how, _ := strings.Cut(claim, alikeClaim)
	h := held[T]{claim, how, by}
	claim = canonical(claim)
	place, tree := split(claim)
	keep(c.exact, claim, h)
	for whole, part := wholeOf(claim); part; whole, part = wholeOf(whole) {
		keep(c.parts, whole, h)
	}
	if tree {
		keep(c.trees, place, h)
	}
	for p := place; p != ""; p = parent(p) {
		keep(c.below, p, h)
	}
}

func keep[T any](m map[string]held[T], key string, h held[T]) {
	if _, ok := m[key]; !ok {
		m[key] = h
	}
}

// canonical is the common form of all claims on one thing, with paths in upper case.
func canonical(claim string) string {
	if part, ok := strings.CutPrefix(claim, partClaim); ok {
		name, whole, _ := strings.Cut(part, partOf)
		return partClaim + fold(name) + partOf + canonical(whole)
	}
	for _, kind := range []string{keyTreeClaim, keyClaim, valueClaim} {
		if path, ok := strings.CutPrefix(claim, kind); ok {
			key, name, named := strings.Cut(path, nameSep)
			if key = kind + keyPath(key); named {
				key += nameSep + fold(name)
			}
			return key
		}
	}
	for _, kind := range []string{fileTreeClaim, fileClaim} {
		if path, ok := strings.CutPrefix(claim, kind); ok {
			return kind + fold(path)
		}
	}
	return claim
}

// wholeOf returns the claim that a claim is on a part of, or the claim itself.
func wholeOf(claim string) (whole string, part bool) {
	if !strings.HasPrefix(claim, partClaim) {
		return claim, false
	}
	_, whole, part = strings.Cut(claim, partOf)
	return whole, part
}

// split returns where in the image a claim is, and whether it is on a tree.
// Places of files begin with a slash, places in the registry with a backslash;
// a value is below its key, a part where the whole is.
func split(claim string) (place string, tree bool) {
	for whole, part := wholeOf(claim); part; whole, part = wholeOf(whole) {
		claim = whole
	}
	for _, kind := range []struct {
		prefix, sep string
		tree        bool
	}{
		{keyTreeClaim, `\`, true}, {keyClaim, `\`, false}, {valueClaim, `\`, false},
		{fileTreeClaim, "/", true}, {fileClaim, "/", false}, // the longer one first
	} {
		if path, ok := strings.CutPrefix(claim, kind.prefix); ok {
			return kind.sep + path, kind.tree
		}
	}
	return "", false
}

// parent returns the place above, or nothing.
func parent(place string) string {
	if key, _, ok := strings.Cut(place, nameSep); ok && place[0] == '\\' {
		return key
	}
	return place[:max(strings.LastIndexByte(place, place[0]), 0)]
}

// keyPath gives the paths of [image.KeyPath] one separator, and replaces
// ControlSet001 with CurrentControlSet: in practice they are the same.
func keyPath(key string) string {
	if !strings.Contains(key, `\`) {
		key = strings.ReplaceAll(key, "/", `\`)
	}
	key = fold(key)
	const numbered, current = `HKLM\SYSTEM\CONTROLSET001`, `HKLM\SYSTEM\CURRENTCONTROLSET`
	if rest, ok := strings.CutPrefix(key, numbered); ok && (rest == "" || rest[0] == '\\') {
		key = current + rest
	}
	return key
}

// fold makes names that differ in case only equal.
func fold(s string) string { return nt.Fold(s) }
