package dsl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// reporter collects diagnostics.
type reporter struct{ diags hcl.Diagnostics }

func (r *reporter) report(diags hcl.Diagnostics) { r.diags = append(r.diags, diags...) }

// errorAt reports a mistake at a range in a file.
func (r *reporter) errorAt(at hcl.Range, summary, detail string) {
	r.diags = append(r.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &at})
}

// error reports a mistake without a range in a file.
func (r *reporter) error(summary, detail string) {
	r.diags = append(r.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail})
}

// warnAt reports a possible mistake at a range in a file.
func (r *reporter) warnAt(at hcl.Range, summary, detail string) {
	r.diags = append(r.diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: detail, Subject: &at})
}

// validName reports a label that can't be part of an address.
func (r *reporter) validName(what, name string, at hcl.Range) bool {
	if hclsyntax.ValidIdentifier(name) {
		return true
	}
	r.errorAt(at, "Invalid name", fmt.Sprintf(
		"The %s name %q is not valid: a name starts with a letter and holds letters, digits, _ and - only.", what, name))
	return false
}

// duplicate reports a name that is already in use.
func (r *reporter) duplicate(what, name string, first, second hcl.Range) {
	r.errorAt(second, "Duplicate "+what, fmt.Sprintf(
		"The %s %q is already declared at %s. Rename or remove one of them.", what, name, first))
}

// single reports repeated blocks of a type that an image can have only once.
func (r *reporter) single(blocks hcl.Blocks) {
	for _, extra := range blocks[1:] {
		r.errorAt(extra.DefRange, "Duplicate "+extra.Type+" block", fmt.Sprintf("An image has one %s block; there is one at %s.", extra.Type, blocks[0].DefRange))
	}
}

// cycle reports that the last element of a chain refers to itself through earlier ones.
func (r *reporter) cycle(chain []string, at hcl.Range) {
	chain = chain[slices.Index(chain, chain[len(chain)-1]):]
	r.errorAt(at, "Reference in a circle", fmt.Sprintf("%s refers to itself: %s.", chain[0], strings.Join(chain, " → ")))
}
