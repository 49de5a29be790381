package security

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/gildhq/gild/providers"
)

// accessTypes are the attributes of the object, which are checked one by one: a conversion
// to an object type would drop what is misspelled.
func accessTypes() map[string]cty.Type {
	return map[string]cty.Type{"owner": cty.String, "group": cty.String, "read": cty.Set(cty.String), "write": cty.Set(cty.String)}
}

// accessOf converts a checked object.
func accessOf(v cty.Value) providers.Access {
	set := v.AsValueMap()
	one := func(name string) *string {
		if a, ok := set[name]; ok {
			return new(a.AsString())
		}
		return nil
	}
	list := func(name string) []string {
		a, ok := set[name]
		if !ok {
			return nil
		}
		all := []string{}
		for _, e := range a.AsValueSlice() {
			all = append(all, e.AsString())
		}
		return all
	}
	return providers.Access{Owner: one("owner"), Group: one("group"), Read: list("read"), Write: list("write")}
}

// checkAccess returns the object with the arguments that are set, converted to their types.
func checkAccess(v cty.Value) (cty.Value, error) {
	if v.IsNull() {
		return v, nil
	}
	problem := func(format string, args ...any) (cty.Value, error) {
		return v, &providers.Problem{Attr: attrAccess, Summary: "Invalid access", Detail: fmt.Sprintf(format, args...)}
	}
	types := accessTypes()
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		return problem(`It is an object such as { read = ["everyone"] }, not %s.`, v.Type().FriendlyName())
	}
	set := map[string]cty.Value{}
	for name, value := range v.AsValueMap() {
		typ, known := types[name]
		if !known {
			return problem("There is no %q; there are %s.", name, strings.Join(slices.Sorted(maps.Keys(types)), ", "))
		}
		if value.IsNull() {
			continue
		}
		converted, err := convert.Convert(value, typ)
		if err != nil {
			return problem("%s does not fit: %v.", name, err)
		}
		if typ != cty.String && slices.ContainsFunc(converted.AsValueSlice(), cty.Value.IsNull) {
			return problem("%s holds null, which is no name.", name)
		}
		set[name] = converted
	}
	return cty.ObjectVal(set), nil
}
