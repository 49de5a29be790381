package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/gildhq/gild/dsl/functions"
)

// rule is a condition and the error message for when it is false: a block validation,
// precondition, postcondition or assert.
type rule struct{ condition, message hcl.Expression }

var ruleSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "condition", Required: true}, {Name: "error_message", Required: true},
}}

// rulesOf returns the rules that blocks declare.
func rulesOf(r *reporter, blocks hcl.Blocks) []rule {
	var all []rule
	for _, block := range blocks {
		content, diags := block.Body.Content(ruleSchema)
		r.report(diags)
		if !diags.HasErrors() {
			all = append(all, rule{content.Attributes["condition"].Expr, content.Attributes["error_message"].Expr})
		}
	}
	return all
}

// broken evaluates a rule. If the rule fails, it returns the author's message, or the other
// one if that can't be shown; otherwise an empty string. Known is false if the result is not
// known yet.
func (e *evaluator) broken(r rule, ctx *hcl.EvalContext, otherwise string) (message string, known bool) {
	if !e.checkReferences(r.message, ctx) {
		return "", true
	}
	value, _ := originsOf(e.evalMarked(r.condition, ctx))
	held, err := convert.Convert(value, cty.Bool)
	held, _ = held.Unmark()
	switch {
	case err != nil || held.IsNull():
		e.errorAt(r.condition.Range(), "Invalid condition", "A condition must be true or false.")
		return "", true
	case !held.IsKnown():
		return "", false
	case held.True():
		return "", true
	}
	value, _ = originsOf(e.evalMarked(r.message, ctx))
	text, err := convert.Convert(value, cty.String)
	switch {
	case err != nil || text.IsNull():
		e.errorAt(r.message.Range(), "Invalid error_message", "The error_message must be a string.")
	case isSensitive(text):
		e.errorAt(r.message.Range(), "Invalid error_message", "The error_message is made from a sensitive value, so it can't be shown.")
	case text.IsKnown() && text.AsString() != "":
		return text.AsString(), true
	}
	return otherwise, true
}

// validateVariables evaluates the rules of variables. These can use variables and functions.
func (l *loader) validateVariables() {
	ctx := l.newScope()
	delete(ctx.Variables, "local")
	l.validate(l.variables, ctx)
}

func (e *evaluator) validate(vs variables, ctx *hcl.EvalContext) {
	for _, name := range sortedKeys(vs) {
		v := vs[name]
		for _, rule := range v.rules {
			message, _ := e.broken(rule, ctx, fmt.Sprintf("The value of the variable %q breaks a rule of the configuration.", v.name))
			if message != "" {
				e.errorAt(v.from, "Invalid value for variable", fmt.Sprintf(
					"%s\n\nThis is the rule at %s of the variable %q.", message, rule.condition.Range(), name))
			}
		}
	}
}

// demand reports the rules that fail. The message says what they belong to.
func (e *evaluator) demand(rules []rule, summary, of string, ctx *hcl.EvalContext) {
	for _, rule := range rules {
		if message, _ := e.broken(rule, ctx, "The condition does not hold."); message != "" {
			e.errorAt(rule.condition.Range(), summary, fmt.Sprintf("%s\n\nThis is a condition of %s.", message, of))
		}
	}
}

// Postcondition is a rule on the state of a resource in the image.
type Postcondition struct {
	Range hcl.Range
	// Check evaluates the rule for the state of the resource in the image: the kind's
	// attributes, unknown if not known yet, and the names of sensitive ones. Known is false
	// if the result is not known yet. It must not be called concurrently.
	Check func(self map[string]cty.Value, sensitive []string) (diags hcl.Diagnostics, known bool)
}

func (e *evaluator) postconditions(rules []rule, addr Addr, ctx *hcl.EvalContext) []Postcondition {
	var all []Postcondition
	for _, rule := range rules {
		all = append(all, Postcondition{rule.condition.Range(), func(self map[string]cty.Value, sensitive []string) (hcl.Diagnostics, bool) {
			for _, name := range sensitive {
				self[name] = self[name].Mark(functions.Sensitive)
			}
			before := e.diags
			defer func() { e.diags = before }()
			e.diags = nil
			message, known := e.broken(rule, within(ctx, "self", cty.ObjectVal(self)), "The condition does not hold.")
			if message != "" {
				e.errorAt(rule.condition.Range(), "Postcondition failed", fmt.Sprintf("%s\n\nThis is a condition of %s as the image holds it.", message, addr))
			}
			return arrange(e.diags), known
		}})
	}
	return all
}

// check is a block check: its conditions cause only warnings.
type check struct {
	name  string
	at    hcl.Range
	rules []rule
}

func (d *declared) declareCheck(block *hcl.Block) {
	c := check{name: block.Labels[0], at: block.DefRange}
	if !d.validName("check", c.name, block.LabelRanges[0]) {
		return
	}
	if first, ok := d.checks[c.name]; ok {
		d.duplicate("check", c.name, first.at, c.at)
		return
	}
	content, diags := block.Body.Content(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "assert"}}})
	d.report(diags)
	if len(content.Blocks) == 0 && !diags.HasErrors() {
		d.errorAt(c.at, "Missing assert block", `A check needs a block "assert" with a condition and an error_message.`)
	}
	c.rules = rulesOf(d.reporter, content.Blocks)
	d.checks[c.name] = c
}

// runChecks warns of checks that fail. Those of the root module can refer to its images.
func (l *loader) runChecks() {
	for _, name := range sortedKeys(l.checks) {
		for _, rule := range l.checks[name].rules {
			message, known := l.broken(rule, l.outside(), "The condition does not hold.")
			l.run.unproven = l.run.unproven || !known
			if message == "" {
				continue
			}
			l.warnAt(rule.condition.Range(), "Check failed", fmt.Sprintf("%s\n\nThis is the check %q.", message, name))
		}
	}
}
