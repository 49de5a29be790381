// Package providers is the contract of a kind of resource.
//
// Begin with [Typed]: the schema of a kind, how it reads a resource from an image, and its ways to
// make a change, all in terms of a Go struct. The planner and the executor use it as a [Provider],
// in terms of cty values; [Typed.Provider] converts. Package registry is a good example.
//
// Each kind has a folder below this one, with a function Provider. A kind knows neither the planner
// nor a backend nor another kind: what kinds have to know of each other are claims ([Claim]), facts
// ([Fact]) and what they expand to ([Child]). Package all lists the kinds.
//
// Reading needs only files and registry, and changes nothing. Applying a change twice gives the
// same state as applying it once.
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

// Typed is a kind of resource whose values are of type V: a struct with a field for every attribute
// of the schema, named in a tag: `cty:"start"`. An attribute that is not a key may be null, so its
// field is a pointer, a slice, a map or a cty.Value; nil is null. The field of a key is plain
// unless the key is optional. A kind without a fixed schema has values of type cty.Value.
type Typed[V any] struct {
	Kind      string // block type in HCL
	Doc       string // what it is, for the reference; Markdown
	Singleton bool   // an image has one of them
	Schema    dsl.Schema
	Phase     Phase
	// PhaseOf returns the phase of a resource if it depends on the value, as that of an update
	// depends on the content of its file. It takes a checked value, and a resolved one where there
	// is one; it is pure. Optional: by default all resources are of Phase.
	PhaseOf func(want V, absent bool) Phase
	// Ordered: resources of this kind are applied in the order of the configuration, as far as
	// their phases allow.
	Ordered bool
	// Raise Revision when the kind changes what it puts into the image for the same attributes:
	// older outputs and checkpoints are then rebuilt.
	Revision int

	// Temporary is how the names of the kind's temporary folders begin, so that gild can remove
	// those of interrupted runs; empty: it has none.
	Temporary string
	// Appendix returns what the reference says after the schema; Markdown. Optional.
	Appendix func() string

	// Check brings a value into canonical form, or returns what is wrong with it: a [Problem] for
	// each attribute, joined if there are several. It is pure, and leaves a canonical value
	// unchanged. With absent, it fills in only the key attributes, whatever else the author wrote.
	// Optional.
	Check func(want *V, absent bool) error
	// Claims returns what the resource decides on in the image ([ClaimValue], [ClaimFile] …). The
	// claims of two resources must not conflict ([Claims.Conflict]). It takes a checked value. For
	// a resolved one it may return more, such as the files of a folder to copy. Optional.
	Claims func(want V, absent bool) []Claim
	// Resets returns what the resource may reset to Windows' defaults without deciding on it.
	// Resources that decide on such a thing must come after this one, and are applied again when it
	// changes. It takes a checked value and is pure. Optional.
	Resets func(want V, absent bool) []Reset
	// Facts states what a change means to later changes. It takes a checked value, also of a
	// resource to be removed, and is pure. Optional.
	Facts func(want V) []Fact
	// Expand returns the simpler resources that the resource expands to. It takes a checked value
	// and is pure. A resource of a kind with Expand and without Read is only its children; with
	// Read it also decides on something itself. Optional.
	Expand func(want V, absent bool) ([]Child, error)
	// Makes returns the attributes, as an author would write them, of the resource of this kind
	// that implements [Child].Of; nil if this kind does not. Optional.
	Makes func(of any) *V
	// Resolve fills in what depends on the machine gild runs on: the digest of a payload, the
	// version of an INF. It never looks at the image. If all problems are about parts, it returns
	// these problems and leaves the value without these parts. Optional.
	Resolve func(ctx context.Context, host Host, want *V) error
	// Details returns what is worth knowing of a payload, for who reviews what goes into images:
	// the payload name of the attribute attr. It takes a resolved value and is pure. Optional.
	Details func(want V, attr, name string) []Detail
	// Read returns the resource as it is in the image, nil if it does not exist. Attributes it
	// can't know are null. It changes nothing. A [Problem] means that this image can't have what
	// the author wants.
	Read func(ctx context.Context, s image.Session, want V) (*V, error)
	// Warn returns warnings about a resource in the image that the plan starts from. It takes a
	// checked and resolved value, and changes nothing. Equal warnings of several resources are
	// shown once. Optional.
	Warn func(ctx context.Context, s image.Session, around Around, want V, absent bool) ([]*Problem, error)
	// File returns the future content of a file that the resource decides on: nil if it will not
	// exist or be a folder. It takes a resolved value. Optional.
	File func(host Host, want V, name string) ([]byte, error)
	// Value returns the future content of a registry value that the resource decides on. It takes a
	// resolved value and is pure. Optional.
	Value func(want V) (*image.Value, error)
	// Compare returns problems that concern several resources of an image together, each by the
	// index of the resource to blame. It takes resolved values and is pure. Optional.
	Compare func(wants []V) map[int][]*Problem
	// Ways are the ways to make a change, best first.
	Ways []TypedWay[V]
	// Again says why a resource must be applied again although the image has it, in words that
	// follow "again, because"; empty if it need not be. Earlier are the changes planned before it:
	// servicing may undo work. It is pure. Optional.
	Again func(want V, earlier []Earlier) string
	// Waits reports whether some or all of what Read found waits for the first boot. Optional: by
	// default the attributes with the mark Applies say so. See [Provider.Waiting].
	Waits func(have V) bool
	// List returns everything of this kind in the image. Optional: a list of all files is of no
	// use.
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

// Resolved returns a checked value with what depends on the machine gild runs on. If all errors are
// about parts, the value comes with the errors, without these parts.
func (p *Provider) Resolved(ctx context.Context, host Host, want cty.Value) (cty.Value, error) {
	if p.Resolve == nil {
		return want, nil
	}
	err := p.Resolve(ctx, host, &want)
	return want, err
}

// Found returns what the image has of a resolved value; null if it does not exist.
func (p *Provider) Found(ctx context.Context, s image.Session, want cty.Value) (cty.Value, error) {
	have, err := p.Read(ctx, s, want)
	if err != nil || have == nil {
		return cty.NullVal(p.Schema.ObjectType()), err
	}
	return *have, nil
}

// Way returns the way with a name; nil if the kind has none.
func (p *Provider) Way(name string) *Way {
	if p == nil { // a plan of another version of gild may name one
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

// TypedChange is a change of one thing.
type TypedChange[V any] struct {
	Addr   dsl.Addr
	Action Action
	Want   V  // checked and resolved; for Delete, what identifies the thing
	Have   *V // as read before the change; nil for Create

	// Effect is when the change takes effect, and what makes it effective. Only QueuedAt gets it.
	Effect Effect
	// Earlier are the changes planned before this one, for a way that needs to know what they add
	// to the image. Only Check and EffectIn get them.
	Earlier []Earlier
}

// QueuePlace is a position in the queue of the first boot, which runs by order and then by ID
// ([image.Action]).
type QueuePlace struct {
	Order int
	ID    string // empty: not known before the work is queued
}

// Compare reports whether p is before (-1) or after (1) other in the queue; 0 if that is not known.
func (p QueuePlace) Compare(other QueuePlace) int {
	if c := cmp.Compare(p.Order, other.Order); c != 0 || p.ID == "" || other.ID == "" {
		return c
	}
	return strings.Compare(strings.ToLower(p.ID), strings.ToLower(other.ID))
}

// Names of ways, by what makes the change. They are in step IDs, plans and reports, so they must
// not change.
const (
	Offline   = "offline"    // gild itself, in the files of the image
	ByDISM    = "dism"       // DISM, in the mounted image
	FirstBoot = "first-boot" // the machine, at its first boot, from the queue
)

// TypedWay is a way to make changes of a kind.
type TypedWay[V any] struct {
	Name   string // [Offline], [ByDISM], [FirstBoot], or a name that only this kind uses
	Effect Effect
	Needs  []image.Capability
	// Check returns an error if the change can't be made this way in this image. It is called
	// before anything is changed, with the session open for reading. Optional.
	Check func(ctx context.Context, s image.Session, change TypedChange[V]) error
	// EffectIn returns the Effect of a change if it depends on the image and the payload. It is
	// called after Check, and its errors are handled as those of Check. Optional.
	EffectIn func(ctx context.Context, s image.Session, host Host, change TypedChange[V]) (Effect, error)
	// Divide returns the parts of a change, and what they displace. It is called instead of
	// EffectIn, with the session open for reading; also for a resource that needs no change, to
	// learn what it decides on. Optional.
	Divide func(ctx context.Context, s image.Session, host Host, change TypedChange[V]) (Division, error)
	// QueuedAt returns the position of a change's work in the queue of the first boot; false if it
	// is not in the queue, or the position is not known. It is pure, and called after EffectIn.
	// Optional: without it no work is in the queue.
	QueuedAt func(change TypedChange[V]) (QueuePlace, bool)
	// Apply makes the changes. It may be called again for changes that are made already. A way with
	// Batch gets all consecutive changes of the kind together, others get one at a time: see
	// [Each].
	Apply func(ctx context.Context, s image.Session, host Host, changes []TypedChange[V]) error
	Batch bool
	// Irreversible: no other change undoes it, and what it removes can't be added again. gild
	// commits a checkpoint before the first such step of an image.
	Irreversible bool
	// Confirm compares what the tool that made a change lists with what is wanted, and returns the
	// differences. Have of the change is what was read back, nil if it does not exist; work that
	// waits for the first boot is no difference. A call of ask invalidates the session's
	// capabilities. Optional.
	Confirm func(ctx context.Context, s image.Session, ask Ask, change TypedChange[V]) ([]Doubt, error)
}

// There returns Have of a [Change] for what Found returned; nil for null.
func There(found cty.Value) *cty.Value {
	if found == cty.NilVal || found.IsNull() {
		return nil
	}
	return &found
}

// Each returns the Apply of a way that makes one change at a time.
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

// Ask runs a command that lists something in the image; each command only once.
type Ask func(args ...string) (*transcript.Transcript, error)

// Doubt is a difference between what a tool lists and what is wanted.
type Doubt struct {
	Thing        string // such as: feature TelnetClient
	Wanted, Told string
}

// Host is what a kind may ask about the machine gild runs on.
type Host interface {
	// Fetch brings the payload to this machine that an address names. Until then, Path knows
	// no file of it.
	Fetch(ctx context.Context, address string) error
	// Path returns the path of a payload; name is relative to the module's folder, or an
	// address.
	Path(name string) string
	// Digest returns the digests of a payload file. They are computed once per run as long as the
	// file does not change.
	Digest(ctx context.Context, name string) (Digest, error)
	// Recall returns the note under a key, from this run or an earlier one; nil if there is none.
	// Notes only save work: they may disappear at any time.
	Recall(key string) []byte
	// Note keeps a result that took long to compute. If it can't be kept, the next run computes it
	// again.
	Note(key string, data []byte)
}

// Need returns a capability of the session that the kind requires.
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
