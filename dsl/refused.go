package dsl

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// refused is a block of Terraform that has another form in gild.
type refused struct {
	header  hcl.BlockHeaderSchema
	instead string // what to write, in sentences
}

var refusedBlocks = []refused{
	{hcl.BlockHeaderSchema{Type: "resource", LabelNames: []string{"type", "name"}},
		`What an image holds is declared inside an image or a profile, without the word resource: registry "lock" { … }.`},
	{hcl.BlockHeaderSchema{Type: "provider", LabelNames: []string{"name"}},
		`gild knows its kinds of resources by itself. How an image is serviced is said with "backend" in its image block.`},
	{hcl.BlockHeaderSchema{Type: "data", LabelNames: []string{"type", "name"}},
		`A configuration reads files of its folder with functions, such as file, jsondecode and fileset; all else is given to it as a variable.`},
	{hcl.BlockHeaderSchema{Type: "terraform"},
		`There is no state and no backend of states: the image is the state. Settings are in the blocks log, dism, scratch and layers.`},
	{hcl.BlockHeaderSchema{Type: "import"},
		`Nothing has to be imported: the image is the state, and what it holds already as declared is left as it is. Declare it, and remove this block.`},
	{hcl.BlockHeaderSchema{Type: "moved"},
		`It is not needed: gild knows a resource by what it is in the image, not by its address. Rename the block, or move it to a profile or a module, and remove this block.`},
	{hcl.BlockHeaderSchema{Type: "removed"},
		`It is not needed for an output, which holds what its source holds and what is declared: remove the resource. For what is in the source or in a target, write the resource with ensure = "absent".`},
}

// refusedArguments reports arguments of Terraform that gild does not have, and returns
// whether there is one.
func (r *reporter) refusedArguments(attrs hcl.Attributes, names ...string) bool {
	found := false
	for _, name := range names {
		attr := attrs[name]
		if attr == nil {
			continue
		}
		found = true
		instead := map[string]string{
			"count":      `Write for_each: with a map or a set of strings, as in for_each = toset(["a", "b"]), each one has a name that stays when others go. For none or one: for_each = toset(var.wanted ? ["one"] : []).`,
			"providers":  `Remove it: a module has no providers. How an image is serviced is said with "backend" in its image block.`,
			"depends_on": `Remove it: a module is no step. Where a resource must come after those of a module, write depends_on = [module.name] in that resource.`,

			"create_before_destroy": `Remove it: a new output is always written and read back before it takes the place of the old one.`,
			"replace_triggered_by":  `Remove it: an output is rebuilt whenever its source, a payload or what is declared is another.`,
		}[name]
		r.errorAt(attr.NameRange, "No argument here", fmt.Sprintf("%q is not known here. %s", name, instead))
	}
	return found
}

// refusedBlock reports a block of Terraform that has another form in gild, and returns
// whether it is one.
func (d *declared) refusedBlock(block *hcl.Block) bool {
	i := slices.IndexFunc(refusedBlocks, func(r refused) bool { return r.header.Type == block.Type })
	switch {
	case i < 0 && d.called && slices.Contains([]string{"image", "policy", "log", "dism", "scratch", "layers"}, block.Type):
		d.errorAt(block.DefRange, "No block here", fmt.Sprintf(
			"A module has no %s blocks: it holds variables, locals, profiles, outputs and other modules. Write the block in the configuration that calls the module.", block.Type))
		return true
	case i >= 0:
		d.errorAt(block.DefRange, "No block here", fmt.Sprintf("A configuration has no %s blocks. %s", block.Type, refusedBlocks[i].instead))
	}
	return i >= 0
}
