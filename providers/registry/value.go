package registry

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

func checkName(name string) error {
	problem := func(detail string) error {
		return &providers.Problem{Attr: "name", Summary: "Invalid name of a value", Detail: detail}
	}
	if n := len(utf16.Encode([]rune(name))); n > hive.MaxValueName {
		return problem(fmt.Sprintf("The name has %d characters; the registry allows %d.", n, hive.MaxValueName))
	}
	if strings.Contains(name, "\x00") {
		return problem("The name holds a NUL.")
	}
	return nil
}

// checkValue fills in the type and gives the value its canonical form.
func checkValue(s *setting) error {
	t, err := typeOf(s)
	if err != nil {
		return err
	}
	if s.Value.IsNull() && t.number != hive.RegNone {
		return &providers.Problem{Attr: "value", Summary: "No value", Detail: fmt.Sprintf("A value of type %q needs the argument \"value\".", t.name)}
	}
	value, err := t.form.canon(s.Value)
	if err != nil {
		return &providers.Problem{Attr: "value", Summary: "Invalid value", Detail: fmt.Sprintf("The value does not fit the type %q: %v.", t.name, err)}
	}
	s.Type, s.Value = &t.name, value
	return nil
}

// typeOf returns the type the author names, or the one that the value suggests.
func typeOf(s *setting) (*valueType, error) {
	if s.Type != nil {
		if t := typeNamed(*s.Type); t != nil {
			return t, nil
		}
		return nil, unknownType(*s.Type)
	}
	if s.Value.IsNull() {
		return nil, &providers.Problem{Attr: "name", Summary: "No value", Detail: `A named value needs the argument "value".`}
	}
	vt := s.Value.Type()
	switch {
	case vt == cty.String:
		return typeNamed("sz"), nil
	case vt == cty.Number:
		return typeNamed("dword"), nil
	case vt.IsListType(), vt.IsTupleType(), vt.IsSetType():
		return typeNamed("multi_sz"), nil
	}
	detail := fmt.Sprintf("The registry has no type for %s.", friendly(s.Value))
	if vt == cty.Bool {
		detail = "The registry has no type for true and false; settings of that kind are mostly numbers: write 1 or 0."
	}
	return nil, &providers.Problem{Attr: "value", Summary: "Invalid value", Detail: detail}
}

func unknownType(name string) error {
	var names []string
	for _, t := range types() {
		names = append(names, t.name)
	}
	detail := fmt.Sprintf("%q is not a type of registry values. The types are %s.", name, strings.Join(names, ", "))
	if short := strings.TrimPrefix(strings.ToLower(name), "reg_"); typeNamed(short) != nil {
		detail = fmt.Sprintf("%q is written %q here.", name, short)
	}
	return &providers.Problem{Attr: "type", Summary: "Unknown type", Detail: detail}
}

// decode returns the type and the value of what the registry holds. A type that
// a configuration can't name is its number, and data that does not fit its type
// is shown as bytes of a type that no configuration can name.
func decode(v image.Value) (string, cty.Value) {
	t := typeNumbered(v.Type)
	if t == nil {
		return fmt.Sprintf("%#x", uint32(v.Type)), hexValue(v.Data)
	}
	if value, ok := t.form.decode(v.Data); ok {
		return t.name, value
	}
	return fmt.Sprintf("%s of %d bytes", t.name, len(v.Data)), hexValue(v.Data)
}
