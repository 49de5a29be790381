package dsl

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// ParseAddr parses an address as [Addr.String] returns it. The key in brackets may lack its
// quotation marks, because shells remove them.
func ParseAddr(s string) (Addr, error) {
	addr, err := parseAddr(s)
	if err == nil && addr.Kind == "" {
		err = fmt.Errorf("address %q: it is that of a module, not of a resource", s)
	}
	return addr, err
}

// parseAddr parses the address of a resource, or of a whole module.
func parseAddr(s string) (Addr, error) {
	image, local := "", s
	if first, rest, ok := cutOutside(s, '/'); ok {
		// The first part is an image, unless it is a resource that expands to others.
		if _, _, named := cutOutside(first, '.'); !named {
			name, key, err := parseKeyed(first)
			if err != nil {
				return Addr{}, fmt.Errorf("address %q: image: %w", s, err)
			}
			image, local = keyed(name, key), rest
		}
	}
	addr, err := parseLocal(local)
	if err != nil {
		return Addr{}, fmt.Errorf("address %q: %w", s, err)
	}
	addr.Image = image
	return addr, nil
}

// parseLocal parses the result of [Addr.Local].
func parseLocal(s string) (Addr, error) {
	if outer, inner, ok := cutOutside(s, '/'); ok {
		parent, err := parseLocal(outer)
		if err == nil && parent.Kind == "" {
			err = fmt.Errorf("%q is a module, which does not expand to resources", outer)
		}
		if err != nil {
			return Addr{}, err
		}
		addr, err := parseLocal(inner)
		if err != nil {
			return Addr{}, err
		}
		addr.In = strings.TrimSuffix(parent.Local()+"/"+addr.In, "/")
		return addr, nil
	}
	module, s, err := cutModule(s)
	if err != nil || s == "" {
		return Addr{Module: module}, err
	}
	kind, name, named := cutOutside(s, '.')
	if !named {
		name = s
	}
	name, key, err := parseKeyed(name)
	switch {
	case err != nil:
		return Addr{}, err
	case !named && key != "":
		return Addr{}, fmt.Errorf("a kind without a name has no key")
	case !named:
		kind, name = name, ""
	}
	if !hclsyntax.ValidIdentifier(kind) {
		return Addr{}, fmt.Errorf("%q is no kind of resource", kind)
	}
	return Addr{Module: module, Kind: kind, Name: name, Key: key}, nil
}

// cutModule splits an address into the module's and the rest, which is empty if there is no
// resource.
func cutModule(s string) (module, rest string, err error) {
	for {
		after, ok := strings.CutPrefix(s, "module.")
		if !ok {
			return module, s, nil
		}
		var one string
		one, s, _ = cutOutside(after, '.')
		name, key, err := parseKeyed(one)
		if err != nil {
			return "", "", err
		}
		module = strings.TrimPrefix(module+".module."+keyed(name, key), ".")
	}
}

// Target is a pattern that selects resources: an image (kiosk, kiosk["de"]), a
// resource in any image (registry.lock), a resource of one (kiosk/registry.lock), or all
// of a module (module.base, kiosk/module.base). Without a key it selects all resources
// of a block with for_each.
type Target struct {
	image    string // with its key; empty for any
	resource Addr   // without its image; zero for all
	bare     string // a single name: an image, or a kind without labels
}

// ParseTarget parses a target from the command line.
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
	addr, err := parseAddr(s)
	if err != nil {
		return Target{}, err
	}
	t := Target{image: addr.Image, resource: addr}
	t.resource.Image = ""
	return t, nil
}

// Match reports whether the target selects the resource, or a parent of it.
func (t Target) Match(a Addr) bool {
	parent, ok := a.Parent()
	return t.selects(a) || ok && t.Match(parent)
}

func (t Target) selects(a Addr) bool {
	if t.bare != "" {
		return sameOrMember(a.Image, t.bare) || a.Kind == t.bare && a.Name == "" && a.In == ""
	}
	if t.image != "" && !sameOrMember(a.Image, t.image) {
		return false
	}
	r := t.resource
	if r.Kind == "" {
		return r.Module == "" || a.In == r.In && inModule(a.Module, r.Module)
	}
	return a.Module == r.Module && a.In == r.In && a.Kind == r.Kind && a.Name == r.Name && (r.Key == "" || a.Key == r.Key)
}

// String returns the target as users write it.
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

// inModule reports whether an address is that of a module, or of one inside it. A module
// with for_each but without a key stands for all its instances.
func inModule(address, module string) bool {
	return sameOrMember(address, module) || strings.HasPrefix(address, module+".")
}

// sameOrMember reports whether an image has the name, or belongs to the family with that
// name.
func sameOrMember(image, name string) bool {
	return image == name || strings.HasPrefix(image, name+"[")
}

func keyed(name, key string) string {
	if key == "" {
		return name
	}
	return name + "[" + strconv.Quote(key) + "]"
}

// parseKeyed parses name["key"] or name[key].
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

// cutOutside cuts at the first separator outside brackets.
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
