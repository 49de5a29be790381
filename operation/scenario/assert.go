package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/dsl/functions"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/providers"
)

// variables evaluates the values of a run: as arguments, and as what var is in assertions.
func (r *Run) variables() (args []dsl.VariableArg, values cty.Value, diags hcl.Diagnostics) {
	all := map[string]cty.Value{}
	ctx := &hcl.EvalContext{Functions: functions.Table(regular.DirFS("."), ".", nil)}
	for name, expr := range r.expressions {
		value, more := expr.Value(ctx)
		if diags = append(diags, more...); more.HasErrors() {
			continue
		}
		all[name] = value
		text := string(hclwrite.TokensForValue(value).Bytes())
		if plain, err := convert.Convert(value, cty.String); err == nil && !plain.IsNull() {
			text = plain.AsString()
		}
		args = append(args, dsl.VariableArg{Var: name + "=" + text})
	}
	return args, cty.ObjectVal(all), diags
}

// assert evaluates the assertions of a run.
func (r *Run) assert(ctx context.Context, w *operation.Workspace, tried operation.Tried, vars cty.Value) (diags hcl.Diagnostics) {
	if len(r.Asserts) == 0 {
		return nil
	}
	scope, err := scopeOf(tried.Plan, vars)
	if err != nil {
		return hcl.Diagnostics{wrong(r.at, "Can't assert", err.Error()+".")}
	}
	look := &looking{ctx: ctx, workspace: w, outputs: tried.Outputs, open: map[string]image.Session{}}
	defer look.close()
	scope.Functions = functions.Table(regular.DirFS("."), ".", nil)
	scope.Functions["holds"], scope.Functions["text"] = look.holds(), look.text()
	for _, a := range r.Asserts {
		value, more := a.Condition.Value(scope)
		if diags = append(diags, more...); more.HasErrors() {
			continue
		}
		holds, err := convert.Convert(value, cty.Bool)
		if err != nil || holds.IsNull() || !holds.IsKnown() {
			diags = append(diags, wrong(a.Condition.Range(), "Invalid condition", "It must be true or false."))
			continue
		}
		if holds.True() {
			continue
		}
		message, more := a.Message.Value(scope)
		text, err := convert.Convert(message, cty.String)
		if diags = append(diags, more...); err != nil || more.HasErrors() || text.IsNull() {
			text = cty.StringVal("The condition is false.")
		}
		diags = append(diags, wrong(a.Condition.Range(), "Assertion failed", text.AsString()))
	}
	return diags
}

// scopeOf is what assertions see of a plan: its JSON, and its resources by their addresses.
func scopeOf(plan *document.Plan, vars cty.Value) (*hcl.EvalContext, error) {
	whole, err := valueOf(plan)
	if err != nil {
		return nil, err
	}
	resources, images := map[string]cty.Value{}, map[string]cty.Value{}
	for _, img := range plan.Images {
		if images[img.Name], err = valueOf(img); err != nil {
			return nil, err
		}
		for _, c := range img.ResourceChanges {
			if resources[c.Address], err = valueOf(c); err != nil {
				return nil, err
			}
		}
	}
	return &hcl.EvalContext{Variables: map[string]cty.Value{
		"plan": whole, "image": cty.ObjectVal(images), "resource": cty.ObjectVal(resources), "var": vars,
	}}, nil
}

func valueOf(v any) (cty.Value, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return cty.NilVal, err
	}
	t, err := ctyjson.ImpliedType(data)
	if err != nil {
		return cty.NilVal, err
	}
	return ctyjson.Unmarshal(data, t)
}

// looking opens the images that were made.
type looking struct {
	ctx       context.Context
	workspace *operation.Workspace
	outputs   map[string]string
	open      map[string]image.Session
}

func (l *looking) close() {
	for _, s := range l.open {
		_ = s.Close() // it was only read
	}
}

func (l *looking) session(name string) (image.Session, error) {
	if s := l.open[name]; s != nil {
		return s, nil
	}
	file, ok := l.outputs[name]
	if !ok {
		return nil, fmt.Errorf("there is no output of the image %q; only apply and rehearse make images", name)
	}
	s, err := l.workspace.OpenImage(l.ctx, image.Ref{Path: file})
	if err == nil {
		l.open[name] = s
	}
	return s, err
}

// holds is holds(image, kind, { … }): the resource in the image that these attributes identify,
// with all attributes of its kind; null if it is not there.
func (l *looking) holds() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "image", Type: cty.String}, {Name: "kind", Type: cty.String}, {Name: "key", Type: cty.DynamicPseudoType}},
		Type: func(args []cty.Value) (cty.Type, error) {
			if !args[1].IsKnown() {
				return cty.DynamicPseudoType, nil
			}
			p, err := kind(args[1].AsString())
			if err != nil {
				return cty.NilType, function.NewArgError(1, err)
			}
			return p.Schema.ObjectType(), nil
		},
		Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
			s, err := l.session(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			p, err := kind(args[1].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(1, err)
			}
			want, err := complete(p, args[2])
			if err != nil {
				return cty.NilVal, function.NewArgError(2, err)
			}
			have, err := p.Read(l.ctx, s, want)
			if err != nil || have == nil {
				return cty.NullVal(t), err
			}
			return *have, nil
		},
	})
}

func kind(name string) (*providers.Provider, error) {
	all := operation.Kinds()
	i := slices.IndexFunc(all, func(p *providers.Provider) bool { return p.Kind == name })
	if i < 0 || all[i].Read == nil {
		return nil, fmt.Errorf("there is no kind %q that can be read", name)
	}
	return all[i], nil
}

// complete returns a value of a kind with the attributes of an object, checked.
func complete(p *providers.Provider, key cty.Value) (cty.Value, error) {
	if key.IsNull() || !key.Type().IsObjectType() && !key.Type().IsMapType() {
		return cty.NilVal, errors.New("it must be an object with attributes of the kind")
	}
	given := key.AsValueMap()
	all := map[string]cty.Value{}
	for _, a := range p.Schema {
		all[a.Name] = cty.NullVal(a.ValueType())
		if v, ok := given[a.Name]; ok {
			converted, err := convert.Convert(v, a.ValueType())
			if err != nil {
				return cty.NilVal, fmt.Errorf("%s: %w", a.Name, err)
			}
			all[a.Name] = converted
		}
		delete(given, a.Name)
	}
	for name := range given {
		return cty.NilVal, fmt.Errorf("the kind %s has no attribute %q", p.Kind, name)
	}
	want, err := p.Checked(cty.ObjectVal(all), true)
	return want, err
}

// maxText is how much of a file text returns.
const maxText = 1 << 20

// text is text(image, path): the content of a file in the image; null if it is not there.
func (l *looking) text() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "image", Type: cty.String}, {Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
			s, err := l.session(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			files, ok := image.As[image.Files](s)
			if !ok {
				return cty.NilVal, errors.New("the image shows no files")
			}
			info, err := fs.Stat(files, args[1].AsString())
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return cty.NullVal(t), nil
			case err == nil && info.Size() > maxText:
				err = fmt.Errorf("it is larger than %d bytes; holds(…, \"file\", …) has its digest", maxText)
			}
			if err != nil {
				return cty.NilVal, function.NewArgError(1, err)
			}
			data, err := fs.ReadFile(files, args[1].AsString())
			return cty.StringVal(string(data)), err
		},
	})
}
