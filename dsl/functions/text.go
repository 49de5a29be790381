package functions

import (
	"regexp"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// predicate returns a function that compares two strings.
func predicate(doc, second string, holds func(s, t string) bool) function.Function {
	return simple(doc, cty.Bool, func(args []cty.Value) (cty.Value, error) {
		return cty.BoolVal(holds(args[0].AsString(), args[1].AsString())), nil
	}, param("string", cty.String), param(second, cty.String))
}

var (
	startsWith  = predicate("Tells whether a string begins with another.", "prefix", strings.HasPrefix)
	endsWith    = predicate("Tells whether a string ends with another.", "suffix", strings.HasSuffix)
	strContains = predicate("Tells whether a string holds another.", "part", strings.Contains)
)

var replace = simple(
	"Replaces each occurrence of a part of a string. A part between slashes is a regular expression, whose groups the replacement names $1 or ${name}.",
	cty.String,
	func(args []cty.Value) (cty.Value, error) {
		text, part, by := args[0].AsString(), args[1].AsString(), args[2].AsString()
		if len(part) < 2 || !strings.HasPrefix(part, "/") || !strings.HasSuffix(part, "/") {
			return cty.StringVal(strings.ReplaceAll(text, part, by)), nil
		}
		re, err := regexp.Compile(part[1 : len(part)-1])
		if err != nil {
			return cty.NilVal, function.NewArgError(1, err)
		}
		return cty.StringVal(re.ReplaceAllString(text, by)), nil
	},
	param("string", cty.String), param("part", cty.String), param("replacement", cty.String))

var timeCmp = simple(
	"Compares two RFC 3339 timestamps: -1 where the first is earlier, 0 where they are the same instant, 1 where it is later.",
	cty.Number,
	func(args []cty.Value) (cty.Value, error) {
		var at [2]time.Time
		for i, arg := range args {
			t, err := time.Parse(time.RFC3339, arg.AsString())
			if err != nil {
				return cty.NilVal, function.NewArgErrorf(i, "not a timestamp like 2026-01-02T15:04:05Z")
			}
			at[i] = t
		}
		return cty.NumberIntVal(int64(at[0].Compare(at[1]))), nil
	},
	param("first", cty.String), param("second", cty.String))
