package providers

import (
	"iter"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
)

// A Fact is what a change means to the changes after it, in terms that kinds share: a
// kind states its own ([Provider.Facts]) and asks for those of others ([Told]), whose
// names and attributes it does not know. The types below are all that are shared; a kind
// may have further ones for itself.
type Fact any

type (
	// Serviced: the component store is changed. What that supersedes stays in it until it
	// is cleaned up.
	Serviced struct {
		Components bool // components come that cumulative updates have to service
	}

	// Features: optional features may come that the image does not list yet. Which these
	// are is seen when they are there.
	Features struct{}

	// Language is a language of the user interface of Windows.
	Language struct{ Tag string }

	// Package is a package of Component Based Servicing.
	Package struct{ Identity string }

	// Updates: what decides how new Windows is, its updates, is changed.
	Updates struct {
		Cumulative bool   // a cumulative update, or one that may be
		Release    string // build and revision that Windows has with it; empty if it does not tell
	}

	// Drivers: packages in the driver store.
	Drivers struct{}
)

// Earlier is a change that is made before another one, as far as that may know of it.
type Earlier struct {
	Addr  dsl.Addr // for messages
	Gone  bool     // what the facts are about is taken out of the image
	Waits bool     // it is made at the first boot
	Facts []Fact
}

// Told yields the facts of one type that earlier changes state.
func Told[F Fact](earlier []Earlier) iter.Seq2[Earlier, F] {
	return func(yield func(Earlier, F) bool) {
		for _, e := range earlier {
			for _, fact := range e.Facts {
				if f, ok := fact.(F); ok && !yield(e, f) {
					return
				}
			}
		}
	}
}

// Reset is something that a change may put back to what Windows has by itself.
type Reset struct {
	Claim Claim
	Why   string // it has to be made again, in words that go on after "again, because"
}

// Earlier is a change of the kind, for those after it.
func (p *Provider) Earlier(addr dsl.Addr, action Action, want cty.Value, effect Effect) Earlier {
	e := Earlier{Addr: addr, Gone: action == Delete, Waits: effect.Waits}
	if p.Facts != nil {
		e.Facts = p.Facts(want)
	}
	return e
}
