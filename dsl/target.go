package dsl

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// ParseAddr reads an address as [Addr.String] writes it. The key in brackets
// may be written without quotes too, because shells take them away.
func ParseAddr(s string) (Addr, error) {
	var addr Addr
	image, local, ok := cutOutside(s, '/')
	if ok {
		name, key, err := parseKeyed(image)
		if err != nil {
			return Addr{}, fmt.Errorf("address %q: image: %w", s, err)
		}
		addr.Image = keyed(name, key)
	} else {
		local = s
	}
	kind, name, named := cutOutside(local, '.')
	if !named {
		kind, name = "", local
	}
	name, key, err := parseKeyed(name)
	if err != nil {
		return Addr{}, fmt.Errorf("address %q: %w", s, err)
	}
	addr.Kind, addr.Name, addr.Key = kind, name, key
	if !named {
		addr.Kind, addr.Name = name, ""
		if key != "" {
			return Addr{}, fmt.Errorf("address %q: a kind without a name has no key", s)
		}
	}
	if !hclsyntax.ValidIdentifier(addr.Kind) {
		return Addr{}, fmt.Errorf("address %q: %q is no kind of resource", s, addr.Kind)
	}
	return addr, nil
}

// Target is a pattern that selects resources: an image (kiosk, kiosk["de"]), a
// resource in any image (registry.lock) or a resource of one (kiosk/registry.lock).
// Without a key it selects all that for_each makes of the block.
type Target struct {
	image    string // with its key; empty for any
	resource Addr   // without its image; zero for all
	bare     string // a name alone: an image, or a kind that has no names
}

// ParseTarget reads a target as it is written on the command line.
func ParseTarget(s string) (Target, error) {
	if _, _, slash := cutOutside(s, '/'); !slash {
		if _, _, dot := cutOutside(s, '.'); !dot {
			name, key, err := parseKeyed(s)
			if err != nil {
				return Target{}, fmt.Errorf("target %q: %w", s, err)
			}
			if key != "" {
				return Target{image: keyed(name, key)}, nil
			}
			return Target{bare: name}, nil
		}
	}
	addr, err := ParseAddr(s)
	if err != nil {
		return Target{}, err
	}
	t := Target{image: addr.Image, resource: addr}
	t.resource.Image = ""
	return t, nil
}

// Match tells whether the target selects the resource.
func (t Target) Match(a Addr) bool {
	if t.bare != "" {
		return sameOrMember(a.Image, t.bare) || a.Kind == t.bare && a.Name == ""
	}
	if t.image != "" && !sameOrMember(a.Image, t.image) {
		return false
	}
	r := t.resource
	return r == Addr{} || a.Kind == r.Kind && a.Name == r.Name && (r.Key == "" || a.Key == r.Key)
}

// String returns the target as it is written.
func (t Target) String() string {
	switch {
	case t.bare != "":
		return t.bare
	case t.resource == Addr{}:
		return t.image
	}
	a := t.resource
	a.Image = t.image
	return a.String()
}

// sameOrMember tells whether an image has the name or belongs to the family of that name.
func sameOrMember(image, name string) bool {
	return image == name || strings.HasPrefix(image, name+"[")
}

func keyed(name, key string) string {
	if key == "" {
		return name
	}
	return name + "[" + strconv.Quote(key) + "]"
}

// parseKeyed splits name["key"] or name[key].
func parseKeyed(s string) (name, key string, err error) {
	name, rest, found := strings.Cut(s, "[")
	if !hclsyntax.ValidIdentifier(name) {
		return "", "", fmt.Errorf("%q is no name", name)
	}
	if !found {
		return name, "", nil
	}
	key, closed := strings.CutSuffix(rest, "]")
	if !closed || key == "" {
		return "", "", fmt.Errorf(`after the name, a key like ["de"] is expected, not %q`, "["+rest)
	}
	if key[0] != '"' {
		return name, key, nil
	}
	key, err = strconv.Unquote(key)
	if err != nil || key == "" {
		return "", "", fmt.Errorf(`after the name, a key like ["de"] is expected, not %q`, "["+rest)
	}
	return name, key, nil
}

// cutOutside cuts at the first separator that is not inside of brackets.
func cutOutside(s string, sep byte) (before, after string, found bool) {
	inBrackets, quoted := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case inBrackets && c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			inBrackets = true
		case c == ']':
			inBrackets = false
		case c == sep && !inBrackets:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}
