// Package providers is what a kind of resource is: the contract every folder
// below it fulfils.
//
// A kind is a value of [Provider]: its schema, how it is read out of an image
// and the ways a change to it can be made. Reading never changes anything and
// needs only files and registry; applying may be repeated and ends in the same
// state. A kind knows neither the planner nor a backend nor another kind.
package providers

import (
	"context"
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
)

// Phase is the place of a kind in the order of servicing. Steps of a lower phase
// come first; depends_on may move single steps. The order follows Microsoft's
// rules for servicing an image.
type Phase int

const (
	PhaseEdition  Phase = 10 // what the image is
	PhaseDriver   Phase = 20
	PhaseLanguage Phase = 30 // language packs before the features that need resources in them
	PhaseFeature  Phase = 40
	PhasePackage  Phase = 50 // updates after everything they have to update
	PhaseApp      Phase = 60
	PhaseFile     Phase = 70
	PhaseSetting  Phase = 80 // registry, services: after whatever may reset them
	PhaseCleanup  Phase = 90
)

// Provider is a kind of resource.
type Provider struct {
	Kind      string // block type in HCL
	Doc       string // what it is, for the reference; Markdown
	Singleton bool   // an image holds it once
	Schema    dsl.Schema
	Phase     Phase
	// Revision is raised when the kind comes to make something else in the image of
	// the same attributes: outputs and checkpoints made before are then made anew.
	Revision int

	// Check returns the value in its one canonical form, or what is wrong with it;
	// problems that belong to an attribute are [Problem] values, joined if several.
	// It is pure, and checking a canonical value again changes nothing. With absent
	// set, only key attributes count and the others come back null. Optional.
	Check func(want cty.Value, absent bool) (cty.Value, error)
	// Claims names what in the image the resource decides on, in words that every
	// kind uses alike ([ClaimValue], [ClaimFile] …): the claims of two resources
	// must not [Conflict]. It takes a checked value; of one that was resolved it may
	// tell more, like the files in a folder to copy. Optional.
	Claims func(want cty.Value, absent bool) []string
	// Resolve fills in what only the machine gild runs on can tell: the digest of a
	// payload, an INF's version. It never looks at the image. Optional.
	Resolve func(ctx context.Context, host Host, want cty.Value) (cty.Value, error)
	// Read returns what the image holds in place of want: a value that conforms to
	// the schema, or null of that type if it is not there. Attributes it does not
	// know are null. It changes nothing. A [Problem] means that what the author
	// wants can't be in this image.
	Read func(ctx context.Context, s image.Session, want cty.Value) (cty.Value, error)
	// Ways are the ways a change can be made, best first.
	Ways []Way
	// List returns everything of this kind in the image, or nil if that is not a
	// sensible question (files). Optional.
	List func(ctx context.Context, s image.Session) ([]cty.Value, error)
}

// Action is what a step does to a thing in the image.
type Action string

const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// Change is one thing to be changed.
type Change struct {
	Addr   dsl.Addr
	Action Action
	Want   cty.Value // as checked and resolved; for Delete what identifies the thing
	Have   cty.Value // as read before the change; null for Create
}

// Way is one way to make changes of a kind.
type Way struct {
	Name   string // offline, dism, first-boot
	Effect string // when and by what it takes effect, for the plan: "now, offline"
	Needs  []image.Capability
	// Check tells why the change can't be made so in this image, before anything is
	// done; the session is open for reading. Optional.
	Check func(ctx context.Context, s image.Session, change Change) error
	// Apply makes the changes. It may be called again for changes already made.
	// Ways that set Batch get all neighbouring changes of the kind at once, others one.
	Apply func(ctx context.Context, s image.Session, host Host, changes []Change) error
	Batch bool
}

// Host is what a kind may ask of the machine gild runs on.
type Host interface {
	// Path returns where a payload is that the configuration names relative to the
	// module's folder.
	Path(name string) string
	// Digest returns the digests of a payload file. They are computed once per run
	// as long as the file does not change.
	Digest(ctx context.Context, name string) (Digest, error)
}

// Need returns a capability that the kind can't do without.
func Need[C any](s image.Session, c image.Capability) (C, error) {
	capability, ok := image.As[C](s)
	if !ok {
		return capability, fmt.Errorf("the image gives no access to its %s", c)
	}
	return capability, nil
}

// Digest identifies the content of a payload.
type Digest struct {
	SHA256 string // hexadecimal
	SHA1   string // hexadecimal; what a WIM keeps of each file
	Size   int64  // bytes
}
