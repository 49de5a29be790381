package dsl

import "github.com/hashicorp/hcl/v2"

// Policy is a policy block: rules that a plan must comply with.
type Policy struct {
	Name   string
	Source string    // folder of the rules, relative to the module's folder
	Range  hcl.Range // of source
}

func (d *declared) declarePolicy(block *hcl.Block) {
	name := block.Labels[0]
	if !d.validName("policy", name, block.LabelRanges[0]) {
		return
	}
	if first := d.policies[name]; first != nil {
		d.duplicate("policy", name, first.DefRange, block.DefRange)
		return
	}
	d.policies[name] = block
}

// policies evaluates the blocks, by their names.
func (s settings) policies() []Policy {
	var all []Policy
	for _, name := range sortedKeys(s.declared.policies) {
		h := s.headOf(s.declared.policies[name], s.scope, hcl.AttributeSchema{Name: "source", Required: true})
		if source := h.text("source"); source != "" {
			all = append(all, Policy{Name: name, Source: source, Range: h.attrs["source"].Range})
		}
	}
	return all
}
