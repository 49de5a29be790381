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
	Backends  []image.Backend // that this machine can use, best first
	Elsewhere []image.Backend // that only other machines can use: messages name them
	Host      providers.Host
	Unpacker  Unpacker // for images that start from a file in another image; nil: there are none

	// Store is the folder with checkpoints, which tell what a changed output was before;
	// empty: there are none.
	Store string

	// Concerns returns warnings, in sentences, about an image that a plan starts from,
	// whatever is declared. Nil: none.
	Concerns func(context.Context, image.Session) ([]string, error)

	// Made and Failed name images that were made, or could not be, since the first of
	// several plans that follow each other: these are not planned again, and images made
	// from failed ones are not planned at all.
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

// provider returns the kind of that name, or nil.
func (in *Input) provider(kind string) *providers.Provider {
	for _, p := range in.Providers {
		if p.Kind == kind {
			return p
		}
	}
	return nil
}

// backendNamed returns the backend of that name, the best one for an empty name, or nil.
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
