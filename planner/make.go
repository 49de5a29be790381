package planner

import (
	"context"
	"errors"

	"github.com/hashicorp/hcl/v2"
)

// Check returns what is wrong with the configuration as far as that can be told
// without opening an image: values the kinds refuse, payloads that are not
// there, resources that claim the same thing, circular dependencies, unknown
// backends.
func Check(ctx context.Context, in Input) hcl.Diagnostics {
	return nil
}

// Make plans every image of the configuration. Images are opened for reading
// only. The diagnostics are all there are, and the plan is nil if one of them is
// an error.
func Make(ctx context.Context, in Input) (*Plan, hcl.Diagnostics) {
	return nil, nil
}

// Save writes the plan to a file that only its owner may read. Sensitive values
// are left out: see [Plan.Reveal].
func (p *Plan) Save(path string) error { return errors.ErrUnsupported }

// Load reads a plan that [Plan.Save] wrote. It refuses one that was changed
// since, or that another version of the format wrote.
func Load(path string) (*Plan, error) { return nil, errors.ErrUnsupported }

// Sealed tells whether the plan lacks sensitive values, as one that was loaded
// may: then [Plan.Reveal] must come before it is carried out.
func (p *Plan) Sealed() bool { return false }

// Reveal fills in the sensitive values that a saved plan leaves out, from the
// configuration it was made of. A value that is not what it was is an error.
func (p *Plan) Reveal(ctx context.Context, in Input) hcl.Diagnostics { return nil }
