// Package providers is the contract of a kind of resource, which every folder below
// it fulfils.
//
// A kind is its schema, how it is read from an image, and the ways to make a change:
// written as [Typed], of a Go struct, and used as [Provider], of cty values. Begin with
// these, and package registry as an example. Reading never changes anything and needs only
// files and registry; applying may be repeated and ends in the same state. A kind
// knows neither the planner nor a backend nor another kind.
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

// Typed is a kind of resource whose values are of type V: a struct with a field for every
// attribute of the schema, with its name in a tag: `cty:"start"`. An attribute that is not a
// key may be null, so its field is a pointer, a slice, a map or a cty.Value; nil is null. A key
// field is plain unless it may be left out. A kind whose schema is not fixed has values of type
// cty.Value.
type Typed[V any] struct {
	Kind      string // block type in HCL
	Doc       string // what it is, for the reference; Markdown
	Singleton bool   // an image holds it once
	Schema    dsl.Schema
	Phase     Phase
	// PhaseOf returns the phase of a resource if that depends on its value: an
	// update's depends on what is in its file. It takes a checked value, which is
	// mostly resolved, too; it is pure. Optional: all are of Phase.
	PhaseOf func(want V, absent bool) Phase
	// Ordered: resources of this kind are made in the order in which they are written,
	// as far as their phases allow.
	Ordered bool
	// Raise Revision when the kind makes something else in the image from the same
	// attributes: then older outputs and checkpoints are rebuilt.
	Revision int

	// Temporary is what the names of the temporary folders begin with that the kind makes, so
	// that those of runs that were cut off are removed; empty: it makes none.
	Temporary string
	// Appendix returns what the reference says after the schema; Markdown. Optional.
	Appendix func() string

	// Check brings a value into canonical form, or returns what is wrong with it:
	// [Problem] values for attributes, joined if there are several. It is pure, and
	// checking a canonical value again changes nothing. With absent, only the key
	// attributes are filled, whatever else the author wrote. Optional.
	Check func(want *V, absent bool) error
	// Claims returns what the resource decides on in the image ([ClaimValue],
	// [ClaimFile] …): the claims of two resources must not conflict
	// ([Claims.Conflict]). It takes a checked value. For a resolved one it may
	// return more, such as the files in a folder to copy. Optional.
	Claims func(want V, absent bool) []Claim
	// Resets returns what else the resource may reset to Windows' defaults without deciding
	// on it. Resources that decide on such a thing must come after this one, and are made
	// again when it changes. It takes a checked value and is pure. Optional.
	Resets func(want V, absent bool) []Reset
	// Facts states what a change means for later changes. It takes a checked value, also of
	// a resource to be removed, and is pure. Optional.
	Facts func(want V) []Fact
	// Expand returns the simpler resources that the resource expands to. It takes a
	// checked value and is pure. A kind with Expand and without Read consists only of
	// these; with Read it also decides on something itself. Optional.
	Expand func(want V, absent bool) ([]Child, error)
	// Makes returns the resource that something is which others expand to ([Child]), as an
	// author would write it; nil if it is nothing of this kind. Optional.
	Makes func(of any) *V
	// Resolve fills in what depends on the machine gild runs on: the digest of a
	// payload, the version of an INF. It never looks at the image. If all problems are
	// about parts, it returns them and leaves the value without these parts. Optional.
	Resolve func(ctx context.Context, host Host, want *V) error
	// Read returns the resource as it is in the image, nil if it does not exist. Unknown
	// attributes are null. It changes nothing. A [Problem] means that this image can't have
	// what the author wants.
	Read func(ctx context.Context, s image.Session, want V) (*V, error)
	// Warn returns warnings about a resource in the image that the plan starts from. It takes a
	// checked and resolved value, and changes nothing. Equal warnings of two resources are shown
	// once. Optional.
	Warn func(ctx context.Context, s image.Session, around Around, want V, absent bool) ([]*Problem, error)
	// File returns the future content of a file that the resource decides on: nil if
	// there will be none, or a folder. It takes a resolved value. Optional.
	File func(host Host, want V, name string) ([]byte, error)
	// Value returns the future registry value that the resource decides on. It takes a
	// resolved value and is pure. Optional.
	Value func(want V) (*image.Value, error)
	// Compare returns problems of several resources of one image together, each under
	// the index of the resource it is about. It takes resolved values and is pure.
	// Optional.
	Compare func(wants []V) map[int][]*Problem
	// Ways are the ways a change can be made, best first.
	Ways []TypedWay[V]
	// Again says why a resource must be applied again although the image has it, in
	// words that follow "again, because"; empty if it need not. Earlier are the changes
	// before it: servicing may undo work. It is pure. Optional.
	Again func(want V, earlier []Earlier) string
	// Waits tells whether what Read found waits for the first boot, in whole or in part.
	// Optional: by default attributes with the mark Applies tell. See [Provider.Waiting].
	Waits func(have V) bool
	// List returns everything of this kind in the image. Optional: a list of all
	// files is of no use.
	List func(ctx context.Context, s image.Session) ([]V, error)
}

// Provider is a kind as the planner and the executor know it.
type Provider struct{ Typed[cty.Value] }

// Checked returns a value in canonical form, or what is wrong with it.
func (p *Provider) Checked(want cty.Value, absent bool) (cty.Value, error) {
	if p.Check == nil {
		return want, nil
	}
	err := p.Check(&want, absent)
	return want, err
}

// Resolved returns a checked value with what depends on the machine gild runs on. With errors
// that are all about parts it is the value without these.
func (p *Provider) Resolved(ctx context.Context, host Host, want cty.Value) (cty.Value, error) {
	if p.Resolve == nil {
		return want, nil
	}
	err := p.Resolve(ctx, host, &want)
	return want, err
}

// Found returns what an image holds in place of a resolved value; null if there is nothing.
func (p *Provider) Found(ctx context.Context, s image.Session, want cty.Value) (cty.Value, error) {
	have, err := p.Read(ctx, s, want)
	if err != nil || have == nil {
		return cty.NullVal(p.Schema.ObjectType()), err
	}
	return *have, nil
}

// Way returns the way of that name; nil if there is none.
func (p *Provider) Way(name string) *Way {
	if p == nil { // a kind that this gild does not have
		return nil
	}
	i := slices.IndexFunc(p.Ways, func(w Way) bool { return w.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Ways[i]
}

// Action is what a step does to a thing in the image.
type Action string

const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

type (
	// Way is a way of a [Provider].
	Way = TypedWay[cty.Value]
	// Change is a change of a [Provider].
	Change = TypedChange[cty.Value]
)

// TypedChange is one thing to be changed.
type TypedChange[V any] struct {
	Addr   dsl.Addr
	Action Action
	Want   V  // as checked and resolved; for Delete what identifies the thing
	Have   *V // as read before the change; nil for Create

	// Effect is when and by what the change takes effect. Only QueuedAt gets it.
	Effect Effect
	// Earlier are the changes planned before this one, for a way that needs to know
	// what they add to the image. Only Check and EffectIn get them.
	Earlier []Earlier
}

// QueuePlace is a place in the queue of the first boot, which runs by order and
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

// Names of ways, by what makes the changes. They are in step IDs, plans and reports, so
// they stay as they are.
const (
	Offline   = "offline"    // gild itself, in the files of the image
	ByDISM    = "dism"       // DISM, in the mounted image
	FirstBoot = "first-boot" // the machine, from the queue of its first boot
)

// TypedWay is one way to make changes of a kind.
type TypedWay[V any] struct {
	Name   string // [Offline], [ByDISM], [FirstBoot], or a word of the kind's own
	Effect Effect
	Needs  []image.Capability
	// Check returns an error if the change can't be made this way in this image,
	// before anything is done. The session is open for reading. Optional.
	Check func(ctx context.Context, s image.Session, change TypedChange[V]) error
	// EffectIn returns the Effect of a change if it depends on the image and the
	// payload. It is called after Check, and its errors are reported like those of
	// Check. Optional.
	EffectIn func(ctx context.Context, s image.Session, host Host, change TypedChange[V]) (Effect, error)
	// Divide returns the parts of a change, and what they displace. It is called
	// instead of EffectIn, with the session open for reading; also for a resource
	// that needs no change, to learn what it decides on. Optional.
	Divide func(ctx context.Context, s image.Session, host Host, change TypedChange[V]) (Division, error)
	// QueuedAt returns the place of a change's work in the queue of the first boot;
	// false if it is not in the queue, or the place is not known. It is pure, and
	// called after EffectIn. Optional: without it no work is in the queue.
	QueuedAt func(change TypedChange[V]) (QueuePlace, bool)
	// Apply makes the changes. It may be called again for changes already made. Ways
	// with Batch get all neighbouring changes of the kind together, others one at a
	// time: see [Each].
	Apply func(ctx context.Context, s image.Session, host Host, changes []TypedChange[V]) error
	Batch bool
	// Irreversible: no other change undoes it, and what it removes can't be added again. A
	// checkpoint is made before the first such step of an image.
	Irreversible bool
	// Confirm compares what the tool that made a change lists with what is wanted, and
	// returns the differences. Have of the change is what was read back, nil if it
	// does not exist; work that waits for the first boot is no difference. After a call
	// of ask, capabilities of the session are invalid. Optional.
	Confirm func(ctx context.Context, s image.Session, ask Ask, change TypedChange[V]) ([]Doubt, error)
}

// There is Have of a [Change] for what was found; nil for null.
func There(found cty.Value) *cty.Value {
	if found == cty.NilVal || found.IsNull() {
		return nil
	}
	return &found
}

// Each is Apply of a way that makes one change at a time.
func Each[V any](apply func(ctx context.Context, s image.Session, host Host, c TypedChange[V]) error) func(context.Context, image.Session, Host, []TypedChange[V]) error {
	return func(ctx context.Context, s image.Session, host Host, changes []TypedChange[V]) error {
		for _, c := range changes {
			if err := apply(ctx, s, host, c); err != nil {
				return err
			}
		}
		return nil
	}
}

// Ask runs a command that lists something in the image; the same command only once.
type Ask func(args ...string) (*transcript.Transcript, error)

// Doubt is a difference between what a tool lists and what is wanted.
type Doubt struct {
	Thing        string // such as: feature TelnetClient
	Wanted, Told string
}

// Host is what a kind may ask about the machine gild runs on.
type Host interface {
	// Path returns the path of a payload; name is relative to the module's folder.
	Path(name string) string
	// Digest returns the digests of a payload file. They are computed once per run
	// as long as the file does not change.
	Digest(ctx context.Context, name string) (Digest, error)
	// Recall returns the note under a key, from this run or an earlier one; nil if
	// there is none. Notes only save work: they may disappear at any time.
	Recall(key string) []byte
	// Note keeps a result that took long to compute. If that fails, it is computed
	// again.
	Note(key string, data []byte)
}

// Need returns a capability that the kind requires.
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
