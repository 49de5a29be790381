// Package providers is what a kind of resource is: the contract every folder
// below it fulfils.
//
// A kind is a value of [Provider]: its schema, how it is read out of an image
// and the ways a change to it can be made. Reading never changes anything and
// needs only files and registry; applying may be repeated and ends in the same
// state. A kind knows neither the planner nor a backend nor another kind.
package providers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image"
)

// Provider is a kind of resource.
type Provider struct {
	Kind      string // block type in HCL
	Doc       string // what it is, for the reference; Markdown
	Singleton bool   // an image holds it once
	Schema    dsl.Schema
	Phase     Phase
	// PhaseOf returns the phase of a resource where that hangs on what it is, like an
	// update's on what is in its file. It takes a value that was checked, and mostly
	// one that was resolved; it is pure. Optional: all are of Phase.
	PhaseOf func(want cty.Value, absent bool) Phase
	// Ordered: resources of this kind are made in the order in which they are written,
	// as far as their phases allow.
	Ordered bool
	// Revision is raised when the kind comes to make something else in the image of
	// the same attributes: outputs and checkpoints made before are then made anew.
	Revision int

	// Appendix returns what the reference tells beside the schema; Markdown. Optional.
	Appendix func() string

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
	// Resets names what else the resource may put back to what Windows has by itself, but
	// which is not its to decide on. Resources that decide on it must come after it, and are
	// made again when it changes. It takes a checked value and is pure. Optional.
	Resets func(want cty.Value, absent bool) []Reset
	// Facts states what a change means to those after it. It takes a checked value, of what
	// is to be removed too, and is pure. Optional.
	Facts func(want cty.Value) []Fact
	// Expand returns the simpler resources that the resource stands for. It takes a
	// checked value and is pure. A kind that has it and no Read is nothing but what it
	// expands to; one that also has Read decides on something by itself, too. Optional.
	Expand func(want cty.Value, absent bool) ([]Child, error)
	// Resolve fills in what only the machine gild runs on can tell: the digest of a
	// payload, an INF's version. It never looks at the image. Beside problems that are
	// all of parts it returns the value without these parts. Optional.
	Resolve func(ctx context.Context, host Host, want cty.Value) (cty.Value, error)
	// Read returns what the image holds in place of want: a value that conforms to
	// the schema, or null of that type if it is not there. Attributes it does not
	// know are null. It changes nothing. A [Problem] means that what the author
	// wants can't be in this image.
	Read func(ctx context.Context, s image.Session, want cty.Value) (cty.Value, error)
	// Warn returns what the author should know of a resource in this image though
	// nothing stands in its way: the plan shows it as a warning. It takes a value that
	// was checked and resolved, and is asked of the image that the plan starts from.
	// It changes nothing. Two resources that say the same of one thing are shown once. Optional.
	Warn func(ctx context.Context, s image.Session, around Around, want cty.Value, absent bool) ([]*Problem, error)
	// File returns what a file in the image will hold of which the resource decides what
	// it is: nil if there will be none, or a folder. It takes a resolved value. Optional.
	File func(host Host, want cty.Value, name string) ([]byte, error)
	// Value returns what a registry value will be that the resource decides on. It takes
	// a resolved value and is pure. Optional.
	Value func(want cty.Value) (*image.Value, error)
	// Divided takes parts out of a value, for kinds whose ways have Divide. Optional.
	Divided Divided
	// Compare returns what the author should know of resources that are to be in one
	// image: what they are together. The values were resolved; what is returned is about
	// one of them, by its index. It is pure. Optional.
	Compare func(wants []cty.Value) map[int][]*Problem
	// Ways are the ways a change can be made, best first.
	Ways []Way
	// Again tells why a resource must be applied although the image holds it, in words
	// that go on after "again, because", or nothing. Earlier are the changes before it,
	// as servicing may make some work undone. It is pure. Optional.
	Again func(want cty.Value, earlier []Earlier) string
	// Waits tells whether what Read found waits for the first start, in whole or in part.
	// Optional: attributes with the mark Applies tell. See [Provider.Waiting].
	Waits func(have cty.Value) bool
	// List returns everything of this kind in the image, or nil if that is not a
	// sensible question (files). Optional.
	List func(ctx context.Context, s image.Session) ([]cty.Value, error)
}

// Way returns the way of that name; nil if there is none.
func (p *Provider) Way(name string) *Way {
	i := slices.IndexFunc(p.Ways, func(w Way) bool { return w.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Ways[i]
}

// Child is a resource that another one expands to.
type Child struct {
	Kind, Name string               // its address is below that of the resource it is of
	Want       map[string]cty.Value // attributes, as an author would write them; others take their defaults
	Absent     bool
	Attr       string // the attribute it comes from, for messages; empty: the resource as a whole
	// Remedy is what the author of the other resource can do if this one is not possible,
	// in a sentence. Optional.
	Remedy string
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

	// Effect is when and by what the change takes effect. It is set for QueuedAt.
	Effect Effect
	// Earlier are the changes planned before this one, for a way that asks whether
	// something comes into the image only by them. They are set for Check and EffectIn.
	Earlier []Earlier
}

// QueuePlace is a place in the queue of the first start, which runs by order and
// then by ID ([image.Action]).
type QueuePlace struct {
	Order int
	ID    string // empty: not known before the work is queued
}

// Compare tells whether p is before (-1) or after (1) other in the queue; 0 if that
// is not known.
func (p QueuePlace) Compare(other QueuePlace) int {
	if c := cmp.Compare(p.Order, other.Order); c != 0 || p.ID == "" || other.ID == "" {
		return c
	}
	return strings.Compare(strings.ToLower(p.ID), strings.ToLower(other.ID))
}

// Way is one way to make changes of a kind.
type Way struct {
	Name   string // offline, dism, first-boot
	Effect Effect
	Needs  []image.Capability
	// Check tells why the change can't be made so in this image, before anything is
	// done; the session is open for reading. Optional.
	Check func(ctx context.Context, s image.Session, change Change) error
	// EffectIn returns the Effect of a change in this image, where it hangs on the
	// image and the payload; what it finds fault with is reported as by Check, after
	// which it is called. Optional.
	EffectIn func(ctx context.Context, s image.Session, host Host, change Change) (Effect, error)
	// Divide returns the parts of a change, and what has to go because of them. It is
	// asked in place of EffectIn, with the session open for reading; and also of a
	// resource that the image holds, for what that decides on. Optional.
	Divide func(ctx context.Context, s image.Session, host Host, change Change) (Division, error)
	// QueuedAt tells where in the queue of the first start the work of a change stands;
	// false if it is not there, or that is not known. It is pure, and is asked after
	// EffectIn. Optional: what takes effect then stands nowhere in the queue.
	QueuedAt func(change Change) (QueuePlace, bool)
	// Apply makes the changes. It may be called again for changes already made.
	// Ways that set Batch get all neighbouring changes of the kind at once, others one.
	Apply func(ctx context.Context, s image.Session, host Host, changes []Change) error
	Batch bool
	// Irreversible: no other change undoes what it does, and what it removes is not to be had
	// again. A checkpoint is made before the first such step of an image.
	Irreversible bool
	// Confirm returns in what the tool that has made a change lists the image otherwise
	// than is wanted. Have of the change is what was read back, null if that is not
	// there; what waits for the first start is no difference. What the session gives
	// access to is of no use any more after ask was called. Optional.
	Confirm func(ctx context.Context, s image.Session, ask Ask, change Change) ([]Doubt, error)
}

// Ask runs a command that lists something of the image; the same one once.
type Ask func(args ...string) (*transcript.Transcript, error)

// Doubt is something that a tool lists otherwise than is wanted.
type Doubt struct {
	Thing        string // such as: feature TelnetClient
	Wanted, Told string
}

// Host is what a kind may ask of the machine gild runs on.
type Host interface {
	// Path returns where a payload is that the configuration names relative to the
	// module's folder.
	Path(name string) string
	// Digest returns the digests of a payload file. They are computed once per run
	// as long as the file does not change.
	Digest(ctx context.Context, name string) (Digest, error)
	// Recall returns what was noted under a key, in this run or an earlier one; nil if
	// nothing is. Notes spare work and no more: they may be gone at any time.
	Recall(key string) []byte
	// Note keeps what took long to find out. What can't be kept is found out again.
	Note(key string, data []byte)
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
