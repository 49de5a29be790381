package dsl

import (
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// misplaced returns an error for the first attribute of an object, at any depth of the
// value, that the type does not have. A conversion would silently drop it, even if it is a
// misspelled attribute.
func misplaced(v cty.Value, typ cty.Type, at cty.Path) error {
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return nil
	}
	if typ.IsObjectType() && (v.Type().IsObjectType() || v.Type().IsMapType()) {
		return misplacedIn(v.AsValueMap(), typ, at)
	}
	if !typ.IsCollectionType() {
		return nil
	}
	for it := v.ElementIterator(); it.Next(); {
		key, element := it.Element()
		if err := misplaced(element, typ.ElementType(), at.Index(key)); err != nil {
			return err
		}
	}
	return nil
}

func misplacedIn(attrs map[string]cty.Value, typ cty.Type, at cty.Path) error {
	known := slices.Sorted(maps.Keys(typ.AttributeTypes()))
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		if !typ.HasAttribute(name) {
			return at.NewErrorf("%q is not expected; it can have %s", name, oneOf(known))
		}
		if err := misplaced(attrs[name], typ.AttributeType(name), at.GetAttr(name)); err != nil {
			return err
		}
	}
	return nil
}
