// Package functions is the library of functions of the configuration language.
//
// The result of a function depends only on its arguments and the module's files. No function
// uses the time, random numbers, the environment or files outside the module's folder, so a
// module always evaluates to the same configuration. Begin with [Table]. limits.go and
// budget.go limit the size of values and the work of expressions.
package functions

import (
	"io/fs"
	"maps"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	yaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/gildhq/gild/ground/spelling"
)

// Table returns all functions by their names, for a module in the folder dir, as seen
// from that of the configuration; "." for the configuration itself. Files are read from
// own, and from root, the configuration's folder, where a path says so: see [FromRoot].
func Table(own fs.FS, dir string, root fs.FS) map[string]function.Function {
	f := folders{own: spelling.FS(own), dir: dir}
	if root != nil {
		f.root = spelling.FS(root)
	}
	table := pure()
	maps.Copy(table, f.functions())
	table = bound(table)
	// A template can call all functions except templatefile, so it can't call itself.
	table["templatefile"] = bounded(f.templateFile(maps.Clone(table)), nil)
	return table
}

// pure returns the functions that depend only on their arguments.
func pure() map[string]function.Function {
	table := map[string]function.Function{}
	for _, part := range []map[string]function.Function{
		numbers(), texts(), collections(), encodings(), hashes(), conversions(), dates(),
	} {
		maps.Copy(table, part)
	}
	return table
}

func numbers() map[string]function.Function {
	return map[string]function.Function{
		"abs":      stdlib.AbsoluteFunc,
		"ceil":     stdlib.CeilFunc,
		"floor":    stdlib.FloorFunc,
		"log":      stdlib.LogFunc,
		"max":      stdlib.MaxFunc,
		"min":      stdlib.MinFunc,
		"parseint": stdlib.ParseIntFunc,
		"pow":      stdlib.PowFunc,
		"signum":   stdlib.SignumFunc,
		"sum":      sum,
	}
}

func texts() map[string]function.Function {
	return map[string]function.Function{
		"chomp":       stdlib.ChompFunc,
		"endswith":    endsWith,
		"format":      stdlib.FormatFunc,
		"formatlist":  stdlib.FormatListFunc,
		"indent":      stdlib.IndentFunc,
		"join":        stdlib.JoinFunc,
		"lower":       stdlib.LowerFunc,
		"regex":       stdlib.RegexFunc,
		"regexall":    stdlib.RegexAllFunc,
		"replace":     replace,
		"split":       stdlib.SplitFunc,
		"startswith":  startsWith,
		"strcontains": strContains,
		"strrev":      stdlib.ReverseFunc,
		"substr":      stdlib.SubstrFunc,
		"title":       stdlib.TitleFunc,
		"trim":        stdlib.TrimFunc,
		"trimprefix":  stdlib.TrimPrefixFunc,
		"trimspace":   stdlib.TrimSpaceFunc,
		"trimsuffix":  stdlib.TrimSuffixFunc,
		"upper":       stdlib.UpperFunc,
	}
}

func collections() map[string]function.Function {
	return map[string]function.Function{
		"alltrue":         allTrue,
		"anytrue":         anyTrue,
		"chunklist":       stdlib.ChunklistFunc,
		"coalesce":        stdlib.CoalesceFunc,
		"coalescelist":    stdlib.CoalesceListFunc,
		"compact":         stdlib.CompactFunc,
		"concat":          stdlib.ConcatFunc,
		"contains":        stdlib.ContainsFunc,
		"distinct":        stdlib.DistinctFunc,
		"element":         stdlib.ElementFunc,
		"flatten":         stdlib.FlattenFunc,
		"index":           index,
		"keys":            stdlib.KeysFunc,
		"length":          length,
		"lookup":          stdlib.LookupFunc,
		"matchkeys":       matchKeys,
		"merge":           stdlib.MergeFunc,
		"one":             one,
		"range":           stdlib.RangeFunc,
		"reverse":         stdlib.ReverseListFunc,
		"setintersection": stdlib.SetIntersectionFunc,
		"setproduct":      stdlib.SetProductFunc,
		"setsubtract":     stdlib.SetSubtractFunc,
		"setunion":        stdlib.SetUnionFunc,
		"slice":           stdlib.SliceFunc,
		"sort":            stdlib.SortFunc,
		"transpose":       transpose,
		"values":          stdlib.ValuesFunc,
		"zipmap":          stdlib.ZipmapFunc,
	}
}

func conversions() map[string]function.Function {
	return map[string]function.Function{
		"can":          tryfunc.CanFunc,
		"issensitive":  isSensitive,
		"nonsensitive": nonsensitive,
		"sensitive":    sensitive,
		"tobool":       stdlib.MakeToFunc(cty.Bool),
		"tolist":       stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
		"tomap":        stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
		"tonumber":     stdlib.MakeToFunc(cty.Number),
		"toset":        stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
		"tostring":     stdlib.MakeToFunc(cty.String),
		"try":          tryfunc.TryFunc,
		"type":         typeOf,
	}
}

func dates() map[string]function.Function {
	return map[string]function.Function{
		"formatdate": stdlib.FormatDateFunc,
		"timeadd":    stdlib.TimeAddFunc,
		"timecmp":    timeCmp,
	}
}

func encodings() map[string]function.Function {
	return map[string]function.Function{
		"base64decode":     base64Decode,
		"base64encode":     base64Encode,
		"csvdecode":        stdlib.CSVDecodeFunc,
		"jsondecode":       stdlib.JSONDecodeFunc,
		"jsonencode":       stdlib.JSONEncodeFunc,
		"textdecodebase64": textDecodeBase64,
		"textencodebase64": textEncodeBase64,
		"urlencode":        urlEncode,
		"yamldecode":       yaml.YAMLDecodeFunc,
		"yamlencode":       yaml.YAMLEncodeFunc,
	}
}

// simple returns a function of arguments that are known and not null.
func simple(doc string, result cty.Type, impl func(args []cty.Value) (cty.Value, error), params ...function.Parameter) function.Function {
	return function.New(&function.Spec{
		Description: doc,
		Params:      params,
		Type:        function.StaticReturnType(result),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			for _, arg := range args {
				if !arg.IsWhollyKnown() {
					return cty.UnknownVal(result), nil
				}
			}
			return impl(args)
		},
	})
}

func param(name string, typ cty.Type) function.Parameter {
	return function.Parameter{Name: name, Type: typ}
}
