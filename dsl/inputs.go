package dsl

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/similar"
)

// Variables are values of variables from outside the configuration.
//
// A variable gets its value from the last of these that has one: its default;
// the environment; gild.gildvars; the *.auto.gildvars files in the order of
// their names; Args in their order. Files of values end in .gildvars or
// .gildvars.hcl, and in .gildvars.json where they are JSON.
type Variables struct {
	Environ []string      // as of os.Environ; GILD_VAR_name=value counts
	Args    []VariableArg // in the order of the command line
}

// VariableArg is one -var or one -var-file.
type VariableArg struct {
	Var  string // name=value; empty if File is set
	File string // path of a file of values, relative to the working directory
}

// EnvironPrefix begins the names of environment variables that set variables.
const EnvironPrefix = "GILD_VAR_"

// input is a value from outside: text, or an expression in a file of values.
type input struct {
	from string // its origin, for messages
	text string
	expr hcl.Expression // nil for text
}

// inputs are the values from outside of the configuration's variables.
type inputs struct {
	*reader
	folder    *folder
	variables variables
	given     map[string]input
}

// resolve gives every variable its value.
func (s inputs) resolve(opts Options) {
	before := len(s.diags)
	s.environ(opts.Variables.Environ)
	for _, name := range s.valueFiles() {
		s.file(s.folder.file(name), func() ([]byte, error) { return fs.ReadFile(s.folder.fs, name) })
	}
	for _, arg := range opts.Variables.Args {
		if arg.File != "" {
			s.file(arg.File, func() ([]byte, error) { return opts.ReadFile(arg.File) })
			continue
		}
		s.arg(arg.Var)
	}
	complete := !s.diags[before:].HasErrors()
	for _, name := range sortedKeys(s.variables) {
		v := s.variables[name]
		v.from = v.at
		v.value = v.unknown()
		in, given := s.given[name]
		switch {
		case given:
			in.give(s.reporter, v)
		case v.initial != cty.NilVal:
			v.value = v.initial
		case complete && !opts.Lenient:
			s.errorAt(v.at, "Variable not set", fmt.Sprintf(
				"The variable %q has no default, and no value is given. Set it with -var \"%s=…\", in a file that is named with -var-file or ends in .auto.gildvars, or in the environment as %s%s.",
				name, name, EnvironPrefix, name))
		}
	}
}

// valueFiles returns the module's files of values; later ones override earlier ones.
func (s inputs) valueFiles() []string {
	suffix := func(name, stem string) bool {
		return strings.HasSuffix(name, stem) || strings.HasSuffix(name, stem+".hcl") || strings.HasSuffix(name, stem+".json")
	}
	names := s.matching(s.folder, func(name string) bool {
		return strings.HasPrefix(name, "gild.gildvars") && suffix(name, "gild.gildvars")
	})
	return append(names, s.matching(s.folder, func(name string) bool { return suffix(name, ".auto.gildvars") })...)
}

func (s inputs) environ(entries []string) {
	for _, entry := range entries {
		key, value, _ := strings.Cut(entry, "=")
		if name, ok := strings.CutPrefix(key, EnvironPrefix); ok {
			s.given[name] = input{from: key + " in the environment", text: value}
		}
	}
}

func (s inputs) arg(arg string) {
	name, value, ok := strings.Cut(arg, "=")
	name = strings.TrimSpace(name)
	if !ok {
		s.error("Invalid -var", `A variable is set with -var "name=value"; here the equals sign is missing.`)
		return
	}
	if s.variables[name] == nil {
		s.error("Unknown variable", fmt.Sprintf("-var sets %q, which the configuration does not declare.%s",
			name, similar.Hint(name, sortedKeys(s.variables))))
		return
	}
	s.given[name] = input{from: "-var " + name, text: value}
}

// file reads a file of values. In a module with sensitive variables
// diagnostics do not quote its text, which may contain their values.
func (s inputs) file(name string, read func() ([]byte, error)) {
	show := true
	for _, v := range s.variables {
		show = show && !v.sensitive
	}
	body := s.parse(name, read, show)
	if body == nil {
		return
	}
	attrs, diags := body.JustAttributes()
	s.report(diags)
	for _, attrName := range sortedKeys(attrs) {
		attr := attrs[attrName]
		if s.variables[attrName] == nil {
			s.warnAt(attr.NameRange, "Unknown variable", fmt.Sprintf("The value is not used, because the configuration declares no variable %q.%s",
				attrName, similar.Hint(attrName, sortedKeys(s.variables))))
			continue
		}
		s.given[attrName] = input{from: name, expr: attr.Expr}
	}
}

// give sets the variable's value from the input.
func (in input) give(r *reporter, v *variable) {
	expr := in.expr
	if expr == nil && v.literal {
		expr = hcl.StaticExpr(cty.StringVal(in.text), v.at)
	}
	if expr == nil {
		parsed, diags := hclsyntax.ParseExpression([]byte(in.text), in.from, hcl.InitialPos)
		if diags.HasErrors() {
			in.misfit(r, v, "it is no valid expression. Mind that shells take away quotes; a file given with -var-file avoids that", diags)
			return
		}
		expr = parsed
	} else if in.expr != nil && !v.sensitive {
		v.from = expr.Range()
	}
	value, diags := expr.Value(nil)
	if diags.HasErrors() {
		in.misfit(r, v, "it must be a constant, without references and function calls", diags)
		return
	}
	if value.IsNull() && !v.nullable {
		if v.initial != cty.NilVal {
			v.value = v.initial
			return
		}
		in.misfit(r, v, "the variable is not nullable, so it can't be null", nil)
		return
	}
	converted, err := v.convert(value)
	if err != nil {
		in.misfit(r, v, reason(err), nil)
		return
	}
	v.value = converted
}

// misfit reports a value that can't be used. It quotes the value only if the variable is not
// sensitive.
func (in input) misfit(r *reporter, v *variable, why string, cause hcl.Diagnostics) {
	if len(cause) > 0 && !v.sensitive {
		why += ": " + cause[0].Summary + "; " + strings.TrimSuffix(cause[0].Detail, ".")
	}
	r.errorAt(v.from, "Invalid value for variable", fmt.Sprintf("The value of the variable %q from %s can't be used: %s.", v.name, in.from, why))
}
