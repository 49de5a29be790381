package planner

import (
	"context"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Input is everything that a plan depends on.
type Input struct {
	Config    *dsl.Config // after [Expand]
	Providers []*providers.Provider
	Backends  []image.Backend // that can be used on this machine, best first
	Elsewhere []image.Backend // that only other machines can use, for messages
	Host      providers.Host
	Unpacker  Unpacker // for images that start from a file in another image; nil: that is not possible

	// Store is the folder with checkpoints, which tell what a changed output was before;
	// empty: there are none.
	Store string

	// Concerns returns warnings, in sentences, about an image that a plan starts from,
	// whatever is declared. Nil: none.
	Concerns func(context.Context, image.Session) ([]string, error)

	// Made and Failed name the images that earlier rounds made, or could not make. Make does not
	// plan these again, and does not plan images made from failed ones at all.
	Made, Failed []string

	// Match limits the plan to the resources it accepts and those they depend on;
	// nil accepts all. See [Plan].Incomplete.
	Match func(dsl.Addr) bool

	// Key is the store's secret for IDs of sensitive values. Without it, IDs do not tell
	// such values apart.
	Key []byte

	Version string     // gild's own, for the record
	Epoch   *time.Time // time for everything written; nil: that of the source image
	Log     hclog.Logger
}

// provider returns the kind with a name, or nil.
func (in *Input) provider(kind string) *providers.Provider {
	for _, p := range in.Providers {
		if p.Kind == kind {
			return p
		}
	}
	return nil
}

// backendNamed returns the backend with a name, the best one for an empty name, or nil.
func (in *Input) backendNamed(name string) image.Backend {
	for _, b := range in.Backends {
		if name == "" || b.Name() == name {
			return b
		}
	}
	return nil
}

func (in *Input) log() hclog.Logger {
	if in.Log == nil {
		return hclog.NewNullLogger()
	}
	return in.Log.Named("planner")
}
