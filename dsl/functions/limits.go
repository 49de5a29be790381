package functions

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"go.yaml.in/yaml/v3"
)

// Limits of one value, including nested ones. A few hundred bytes of configuration can
// otherwise exceed any machine. The largest sensible value, a file in base64, is well below
// the limit.
const (
	MaxText     = 64 << 20  // bytes of text
	MaxElements = 1_000_000 // elements, each counted as often as it occurs
)

// CheckSize refuses a value beyond the limits. It stops counting at the limit.
func CheckSize(v cty.Value) error {
	s := sizes{}
	s.add(v)
	switch {
	case s.text > MaxText:
		return fmt.Errorf("the value has more than %d MiB of text, the limit for values", MaxText>>20)
	case s.elements > MaxElements:
		return fmt.Errorf("the value has more than %d elements, the limit for values", MaxElements)
	}
	return nil
}

type sizes struct{ text, elements int }

// add counts a value, and reports whether to go on.
func (s *sizes) add(v cty.Value) bool {
	if v.IsMarked() {
		v, _ = v.Unmark()
	}
	s.elements++
	switch {
	case v == cty.NilVal || v.IsNull() || !v.IsKnown():
	case v.Type() == cty.String:
		s.text += len(v.AsString())
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			if _, e := it.Element(); !s.add(e) {
				return false
			}
		}
	}
	return s.text <= MaxText && s.elements <= MaxElements
}

// bound wraps functions so that they refuse to return a value beyond the limits. Functions
// whose result can be larger than their arguments refuse before they compute it.
func bound(table map[string]function.Function) map[string]function.Function {
	before := map[string]func([]cty.Value) error{
		"format": formatSize, "formatlist": formatSize, "indent": indentSize, "join": joinSize,
		"replace": replaceSize, "setproduct": productSize, "yamldecode": yamlSize,
	}
	for name, f := range table {
		switch name {
		case "can", "try": // of expressions, whose functions are bound themselves
		default:
			table[name] = bounded(f, before[name])
		}
	}
	return table
}

func bounded(f function.Function, before func([]cty.Value) error) function.Function {
	look := func(args []cty.Value) error {
		for _, arg := range args {
			if err := CheckSize(arg); err != nil {
				return err
			}
		}
		if before == nil {
			return nil
		}
		plain := make([]cty.Value, len(args))
		for i, arg := range args {
			plain[i], _ = arg.UnmarkDeep()
			if !plain[i].IsWhollyKnown() || plain[i].IsNull() {
				return nil
			}
		}
		return before(plain)
	}
	return function.New(&function.Spec{
		Description: f.Description(),
		Params:      f.Params(),
		VarParam:    f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if err := look(args); err != nil {
				return cty.NilType, err
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, err := f.Call(args)
			if err == nil {
				err = CheckSize(v)
			}
			return v, err
		},
	})
}

// tooLong refuses a text beyond the limit.
func tooLong(n float64) error {
	if n <= MaxText {
		return nil
	}
	return fmt.Errorf("the result would have more than %d MiB of text, the limit for values", MaxText>>20)
}

var width = regexp.MustCompile(`%[^a-zA-Z%]*`)
var digits = regexp.MustCompile(`\d+`)

// formatSize adds up the widths and precisions of a format, for each string that formatlist
// returns.
func formatSize(args []cty.Value) error {
	if args[0].Type() != cty.String {
		return nil
	}
	each, count := float64(len(args[0].AsString())), 1
	for _, verb := range width.FindAllString(args[0].AsString(), -1) {
		for _, n := range digits.FindAllString(verb, -1) {
			w, err := strconv.ParseFloat(n, 64)
			if err != nil {
				return err
			}
			each += w
		}
	}
	for _, arg := range args[1:] {
		if arg.CanIterateElements() {
			count = max(count, arg.LengthInt())
		}
	}
	return tooLong(each * float64(count))
}

func indentSize(args []cty.Value) error {
	spaces, _ := args[0].AsBigFloat().Float64()
	return tooLong(spaces * float64(strings.Count(args[1].AsString(), "\n")))
}

func joinSize(args []cty.Value) error {
	n, s := 0, sizes{}
	for _, list := range args[1:] {
		n += list.LengthInt()
		s.add(list)
	}
	return tooLong(float64(n)*float64(len(args[0].AsString())) + float64(s.text))
}

func replaceSize(args []cty.Value) error {
	text, part, by := args[0].AsString(), args[1].AsString(), args[2].AsString()
	if len(part) < 2 || !strings.HasPrefix(part, "/") || !strings.HasSuffix(part, "/") {
		return tooLong(float64(len(text)) + float64(strings.Count(text, part))*float64(len(by)))
	}
	re, err := regexp.Compile(part[1 : len(part)-1])
	if err != nil {
		return nil // replace reports it
	}
	found := len(re.FindAllStringIndex(text, -1))
	return tooLong(float64(found)*float64(len(by)) + float64(1+strings.Count(by, "$"))*float64(len(text)))
}

func productSize(args []cty.Value) error {
	n := float64(len(args))
	for _, arg := range args {
		if arg.CanIterateElements() {
			n *= float64(arg.LengthInt())
		}
	}
	if n > MaxElements {
		return fmt.Errorf("the product would have more than %d elements, the limit for values", MaxElements)
	}
	return nil
}

// yamlSize refuses aliases that expand beyond the limits, or contain themselves. This parser
// does not expand aliases; the one of the decoder does.
func yamlSize(args []cty.Value) error {
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(args[0].AsString()), &root); err != nil {
		return nil // yamldecode reports it
	}
	c := yamlCounter{known: map[*yaml.Node]sizes{}}
	s, err := c.count(&root)
	switch {
	case err != nil:
		return function.NewArgError(0, err)
	case s.text > MaxText || s.elements > MaxElements:
		return function.NewArgErrorf(0, "its aliases stand for more than %d elements or %d MiB of text, the limit for values", MaxElements, MaxText>>20)
	}
	return nil
}

type yamlCounter struct{ known map[*yaml.Node]sizes }

var errYAMLLoop = errors.New("an alias stands for what it is in itself")

func (c yamlCounter) count(n *yaml.Node) (sizes, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if s, ok := c.known[n]; ok {
		if s.elements == 0 {
			return s, errYAMLLoop
		}
		return s, nil
	}
	c.known[n] = sizes{} // being counted
	s := sizes{text: len(n.Value), elements: 1}
	for _, child := range n.Content {
		more, err := c.count(child)
		if err != nil {
			return s, err
		}
		s.text, s.elements = min(s.text+more.text, MaxText+1), min(s.elements+more.elements, MaxElements+1)
	}
	c.known[n] = s
	return s, nil
}
