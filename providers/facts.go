package providers

import (
	"iter"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
)

// A Fact says what a change means to the changes after it, in terms that all kinds share. A kind
// states facts about its own changes ([Provider.Facts]) and reads those of earlier changes ([Told])
// without knowing their kinds and attributes. All shared facts are below; a kind may have more for
// itself.
type Fact any

type (
	// Serviced: the component store is changed. What the change supersedes stays in the store until
	// a cleanup.
	Serviced struct {
		Components bool // components are added that cumulative updates have to service
	}

	// Features: optional features may be added that the image does not list yet. Which ones is
	// known only afterwards.
	Features struct{}

	// Language is a display language of Windows.
	Language struct{ Tag string }

	// Package is a package of Component Based Servicing.
	Package struct{ Identity string }

	// Updates: an update is added or removed, so the build of Windows may change.
	Updates struct {
		Cumulative bool   // it is, or may be, a cumulative update
		Release    string // build and revision of Windows after it; empty if not known
	}

	// Drivers: the driver store is changed.
	Drivers struct{}
)

// Earlier is a change planned before another one, as far as the later one may know it.
type Earlier struct {
	Addr  dsl.Addr // for messages
	Gone  bool     // the facts are about something that is removed
	Waits bool     // it waits for the first boot
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

// Reset is what a change may reset to Windows' defaults.
type Reset struct {
	Claim Claim
	Why   string // why it must be applied again, in words that follow "again, because"
}

// Earlier returns a change of the kind for the changes after it.
func (p *Provider) Earlier(addr dsl.Addr, action Action, want cty.Value, effect Effect) Earlier {
	e := Earlier{Addr: addr, Gone: action == Delete, Waits: effect.Waits}
	if p.Facts != nil {
		e.Facts = p.Facts(want)
	}
	return e
}
