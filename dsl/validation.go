package dsl

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// validateVariables evaluates the validation blocks. They see the variables and
// the functions.
func (l *loader) validateVariables() {
	ctx := l.newScope()
	delete(ctx.Variables, "local")
	for _, name := range sortedKeys(l.variables) {
		v := l.variables[name]
		for _, rule := range v.rules {
			if !l.checkReferences(rule.message, ctx) {
				continue
			}
			value := l.eval(rule.condition, ctx)
			held, err := convert.Convert(value, cty.Bool)
			held, _ = held.Unmark()
			switch {
			case err != nil || held.IsNull():
				l.errorAt(rule.condition.Range(), "Invalid condition", "The condition of a validation must be true or false.")
			case held.IsKnown() && held.False():
				l.errorAt(v.from, "Invalid value for variable", fmt.Sprintf(
					"%s\n\nThis is the rule at %s of the variable %q.", l.ruleMessage(rule, v, l.eval(rule.message, ctx)), rule.condition.Range(), name))
			}
		}
	}
}

// ruleMessage returns the author's message for a broken rule.
func (l *loader) ruleMessage(rule rule, v *variable, value cty.Value) string {
	message, err := convert.Convert(value, cty.String)
	switch {
	case err != nil || message.IsNull():
		l.errorAt(rule.message.Range(), "Invalid error_message", "The error_message of a validation must be a string.")
	case isSensitive(message):
		l.errorAt(rule.message.Range(), "Invalid error_message", "The error_message is made from a sensitive value, so it can't be shown.")
	case message.IsKnown():
		return message.AsString()
	}
	return fmt.Sprintf("The value of the variable %q breaks a rule of the configuration.", v.name)
}
