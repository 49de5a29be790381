package functions

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// templateFile returns the function that renders a file of the module as a template. The
// template can use the given variables and the functions of the table.
func (f folders) templateFile(table map[string]function.Function) function.Function {
	return ofPath("Renders a file of the module as a template, with the given object as its variables.", cty.String,
		func(args []cty.Value) (cty.Value, error) {
			if typ := args[1].Type(); !typ.IsObjectType() && !typ.IsMapType() {
				return cty.NilVal, function.NewArgErrorf(1, "an object is needed; its attributes become the variables of the template")
			}
			fsys, name, err := f.find(args[0])
			if err == nil {
				var value cty.Value
				if value, err = render(fsys, name, args[1].AsValueMap(), table); err == nil {
					return value, nil
				}
			}
			return cty.NilVal, argError(0, args, err)
		}, param("variables", cty.DynamicPseudoType))
}

func render(fsys fs.FS, name string, variables map[string]cty.Value, table map[string]function.Function) (cty.Value, error) {
	text, err := readText(fsys, name)
	if err != nil {
		return cty.NilVal, err
	}
	expr, diags := hclsyntax.ParseTemplate([]byte(text), name, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.NilVal, problems(diags)
	}
	new(Budget).Bind(expr)
	if variables == nil {
		variables = map[string]cty.Value{}
	}
	value, diags := expr.Value(&hcl.EvalContext{Variables: variables, Functions: table})
	if diags.HasErrors() {
		return cty.NilVal, problems(diags)
	}
	value, err = convert.Convert(value, cty.String)
	if err == nil && value.IsNull() {
		return cty.NilVal, errors.New("the template's result is null")
	}
	return value, err
}

// problems joins the errors among the diagnostics to one error.
func problems(diags hcl.Diagnostics) error {
	var errs []error
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			errs = append(errs, fmt.Errorf("line %d: %s; %s", d.Subject.Start.Line, d.Summary, strings.TrimSuffix(d.Detail, ".")))
		}
	}
	return errors.Join(errs...)
}
