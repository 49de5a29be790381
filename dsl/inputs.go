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

// Variables are the values given from outside the module.
//
// A variable takes its value from the last of these that has one: its default;
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

// input is a value from outside: text, or an expression of a file of values.
type input struct {
	from string // where it comes from, in words
	text string
	expr hcl.Expression // nil for text
}

// resolveVariables gives every declared variable its value and checks it.
func (l *loader) resolveVariables() {
	inputs := map[string]input{}
	before := len(l.diags)
	l.environInputs(inputs)
	for _, name := range l.valueFiles() {
		l.fileInputs(inputs, l.displayName(name), func() ([]byte, error) { return fs.ReadFile(l.opts.FS, name) })
	}
	for _, arg := range l.opts.Variables.Args {
		if arg.File != "" {
			l.fileInputs(inputs, arg.File, func() ([]byte, error) { return l.opts.ReadFile(arg.File) })
			continue
		}
		l.argInput(inputs, arg.Var)
	}
	complete := !l.diags[before:].HasErrors()
	for _, name := range sortedKeys(l.variables) {
		v := l.variables[name]
		v.from = v.at
		v.value = cty.UnknownVal(v.typ.WithoutOptionalAttributesDeep())
		in, given := inputs[name]
		switch {
		case given:
			l.take(v, in)
		case v.initial != cty.NilVal:
			v.value = v.initial
		case complete && !l.opts.Lenient:
			l.errorAt(v.at, "Variable not set", fmt.Sprintf(
				"The variable %q has no default, and no value is given. Set it with -var \"%s=…\", in a file that is named with -var-file or ends in .auto.gildvars, or in the environment as %s%s.",
				name, name, EnvironPrefix, name))
		}
	}
	l.validateVariables()
}

// valueFiles returns the module's files of values; later ones override earlier
// ones.
func (l *loader) valueFiles() []string {
	suffix := func(name, stem string) bool {
		return strings.HasSuffix(name, stem) || strings.HasSuffix(name, stem+".hcl") || strings.HasSuffix(name, stem+".json")
	}
	names := l.moduleFiles(func(name string) bool {
		return strings.HasPrefix(name, "gild.gildvars") && suffix(name, "gild.gildvars")
	})
	return append(names, l.moduleFiles(func(name string) bool { return suffix(name, ".auto.gildvars") })...)
}

func (l *loader) environInputs(inputs map[string]input) {
	for _, entry := range l.opts.Variables.Environ {
		key, value, _ := strings.Cut(entry, "=")
		if name, ok := strings.CutPrefix(key, EnvironPrefix); ok {
			inputs[name] = input{from: key + " in the environment", text: value}
		}
	}
}

func (l *loader) argInput(inputs map[string]input, arg string) {
	name, value, ok := strings.Cut(arg, "=")
	name = strings.TrimSpace(name)
	if !ok {
		l.error("Invalid -var", `A variable is set with -var "name=value"; here the equals sign is missing.`)
		return
	}
	if l.variables[name] == nil {
		l.error("Unknown variable", fmt.Sprintf("-var sets %q, which the configuration does not declare.%s",
			name, similar.Hint(name, sortedKeys(l.variables))))
		return
	}
	inputs[name] = input{from: "-var " + name, text: value}
}

// fileInputs reads a file of values. In a module with sensitive variables
// diagnostics do not quote its text, which may contain their values.
func (l *loader) fileInputs(inputs map[string]input, name string, read func() ([]byte, error)) {
	show := true
	for _, v := range l.variables {
		show = show && !v.sensitive
	}
	body := l.parse(name, read, show)
	if body == nil {
		return
	}
	attrs, diags := body.JustAttributes()
	l.report(diags)
	for _, attrName := range sortedKeys(attrs) {
		attr := attrs[attrName]
		if l.variables[attrName] == nil {
			l.warnAt(attr.NameRange, "Unknown variable", fmt.Sprintf("The value is not used, because the configuration declares no variable %q.%s",
				attrName, similar.Hint(attrName, sortedKeys(l.variables))))
			continue
		}
		inputs[attrName] = input{from: name, expr: attr.Expr}
	}
}

// take sets the variable's value from the input.
func (l *loader) take(v *variable, in input) {
	expr := in.expr
	if expr == nil && v.literal {
		expr = hcl.StaticExpr(cty.StringVal(in.text), v.at)
	}
	if expr == nil {
		parsed, diags := hclsyntax.ParseExpression([]byte(in.text), in.from, hcl.InitialPos)
		if diags.HasErrors() {
			l.badInput(v, in, "it is no valid expression. Mind that shells take away quotes; a file given with -var-file avoids that", diags)
			return
		}
		expr = parsed
	} else if in.expr != nil && !v.sensitive {
		v.from = expr.Range()
	}
	value, diags := expr.Value(nil)
	if diags.HasErrors() {
		l.badInput(v, in, "it must be a constant, without references and function calls", diags)
		return
	}
	if value.IsNull() && !v.nullable {
		if v.initial != cty.NilVal {
			v.value = v.initial
			return
		}
		l.badInput(v, in, "the variable is not nullable, so it can't be null", nil)
		return
	}
	converted, err := v.convert(value)
	if err != nil {
		l.badInput(v, in, reason(err), nil)
		return
	}
	v.value = converted
}

// badInput reports a value that can't be used. The value itself is quoted only
// where the variable is not sensitive.
func (l *loader) badInput(v *variable, in input, why string, cause hcl.Diagnostics) {
	if len(cause) > 0 && !v.sensitive {
		why += ": " + cause[0].Summary + "; " + strings.TrimSuffix(cause[0].Detail, ".")
	}
	l.errorAt(v.from, "Invalid value for variable", fmt.Sprintf("The value of the variable %q from %s can't be used: %s.", v.name, in.from, why))
}
