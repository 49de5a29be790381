package functions_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/functions"
)

// TestLimits: a few bytes can't ask for more than a machine has, and what is sensible is
// as it was.
func TestLimits(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		prior := "*" + string(c-1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat(prior+",", 10), ",") + "]\n"
	}
	scope := &hcl.EvalContext{Functions: functions.Table(nil, ".", nil), Variables: map[string]cty.Value{
		"bomb": cty.StringVal(bomb), "loop": cty.StringVal("a: &a [*a]"), "anchor": cty.StringVal("a: &a [1]\nb: *a"),
		"big": cty.StringVal(strings.Repeat("x", 10<<20)),
	}}
	for _, tt := range []struct{ text, want string }{
		{`yamldecode(bomb)`, "its aliases stand for more than"},
		{`yamldecode(loop)`, "alias"},
		{`yamldecode(anchor).b[0]`, ""},
		{`format("%999999999d", 1)`, "64 MiB"},
		{`format("%.999999999f", 1)`, "64 MiB"},
		{`formatlist("%9999999s", range(1000))`, "64 MiB"},
		{`format("%08d %s", 1, "a")`, ""},
		{`setproduct(range(1000), range(1000), range(1000))`, "1000000 elements"},
		{`setproduct(["a"], ["b", "c"])`, ""},
		{`indent(999999999, "a\nb")`, "64 MiB"},
		{`join(big, range(100))`, "64 MiB"},
		{`replace("aaaaaaaaaa", "a", big)`, "64 MiB"},
		{`replace("aaaaaaaaaa", "/a/", big)`, "64 MiB"},
		{`replace(big, "/.*/", "$0$0$0$0$0$0$0$0$0$0")`, "64 MiB"},
		{`"${big}${big}${big}${big}${big}${big}${big}"`, "64 MiB"},
		{`[for a in range(1000): [for b in range(1000): b]]`, "250000 elements"},
		{`"%{for a in range(1000)}%{for b in range(1000)}x%{endfor}%{endfor}"`, "250000 elements"},
		{`"%{for a in range(10)}${big}%{endfor}"`, "64 MiB"},
		{`{ for a in range(50) : "a${a}" => [for b in range(50) : b] }`, ""},
		{`length([for a in range(100): "x"])`, ""},
	} {
		expr, diags := hclsyntax.ParseExpression([]byte(tt.text), "test", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(tt.text, diags)
		}
		new(functions.Budget).Bind(expr)
		_, diags = expr.Value(scope)
		if got := diags.Error(); tt.want == "" && diags.HasErrors() || tt.want != "" && !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s", tt.text, got)
		}
	}
}

// TestBindKeepsReferences: what an expression refers to can still be told.
func TestBindKeepsReferences(t *testing.T) {
	expr, diags := hclsyntax.ParseExpression([]byte(`{ a = [local.x, "${local.y}", [for z in local.l : local.w]] }`), "test", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	new(functions.Budget).Bind(expr)
	if n := len(expr.Variables()); n != 4 {
		t.Errorf("%d references, want 4: %v", n, expr.Variables())
	}
	list, diags := hclsyntax.ParseExpression([]byte(`[registry.a, file.b]`), "test", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	new(functions.Budget).Bind(list)
	exprs, diags := hcl.ExprList(list)
	if diags.HasErrors() || len(exprs) != 2 {
		t.Fatal(diags)
	}
	if traversal, diags := hcl.AbsTraversalForExpr(exprs[0]); diags.HasErrors() || traversal.RootName() != "registry" {
		t.Error(diags)
	}
}
