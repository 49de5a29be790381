package planner

import (
	"context"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Input is all a plan is made of.
type Input struct {
	Config    *dsl.Config // after [Expand]
	Providers []*providers.Provider
	Backends  []image.Backend // that this machine can use, best first
	Host      providers.Host
	Unpacker  Unpacker // for images that start from a file in another one; nil: there are none

	// Store is the folder with checkpoints, which tell what an output was that somebody has
	// changed; empty: there are none.
	Store string

	// Concerns tells in sentences what is wrong with an image that a plan starts from,
	// whatever is declared; they are warnings. Nil: nothing is looked for.
	Concerns func(context.Context, image.Session) ([]string, error)

	// Made and Failed name images that were made, or could not be, since the first of
	// several plans that follow each other: these are not planned again, and what is made
	// of those that failed is not planned at all.
	Made, Failed []string

	// Match limits the plan to the resources it accepts and those they depend on;
	// nil accepts all. See [Plan].Incomplete.
	Match func(dsl.Addr) bool

	// Key is the secret that IDs of sensitive values are made with, that of the store. With
	// none, IDs do not tell one such value from another.
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
