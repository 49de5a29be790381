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

// accessTypes are the arguments of the kind image_access. They are checked here
// since a conversion to an object type would drop what is misspelled.
func accessTypes() map[string]cty.Type {
	return map[string]cty.Type{"owner": cty.String, "group": cty.String, "read": cty.Set(cty.String), "write": cty.Set(cty.String)}
}

// checkAccess returns the object with the arguments that are set, each of its type.
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
		set[name] = converted
	}
	return cty.ObjectVal(set), nil
}
