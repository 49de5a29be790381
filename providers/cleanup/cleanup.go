// Package cleanup is the kind "cleanup": DISM removes superseded components from the component
// store.
package cleanup

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
)

const doc = "Cleanup of the component store: removes components that newer versions have superseded.\n\n" +
	"DISM runs it after updates and before .NET, in Microsoft's order: now with the backend `dism`, otherwise at the\n" +
	"[first boot](../../first-boot.md). A cleanup can't run while operations are pending. In this case it is skipped\n" +
	"without an error, and Windows cleans up later.\n\n" +
	"An image does not show whether there is anything to clean up. gild considers the cleanup done if it is queued, or if a\n" +
	"record in the image's registry (`HKLM\\SOFTWARE\\gild\\Cleanup`) says so. With the backend `dism` it runs again if a\n" +
	"package, language, capability or feature is added to the image before it.\n\n" +
	"With `ensure = \"absent\"` gild removes it from the queue and deletes the record. This does not restore removed components."

// store is the only thing to clean so far.
const store = "component_store"

type resource struct {
	What                  *string            `cty:"what"`
	StartComponentCleanup *bool              `cty:"start_component_cleanup"`
	ResetBase             *bool              `cty:"reset_base"`
	Defer                 *bool              `cty:"defer"`
	LastResetBase         *string            `cty:"last_reset_base"`
	Applies               *providers.Applies `cty:"applies"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[resource]{
		Kind: "cleanup", Doc: doc, Phase: providers.PhaseCleanup,
		Schema: schema(), Check: check, Claims: claims, Read: read, Again: again,
		Ways: []providers.TypedWay[resource]{byDISM(), {
			Name: providers.FirstBoot, Effect: providers.AtFirstBoot(), Needs: bootjob.Needs(),
			Check: runnable, QueuedAt: queuedAt, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "what", Type: cty.String, Key: true, Default: cty.StringVal(store), Values: []string{store},
			Doc: "What to clean up: `component_store`, the folder WinSxS."},
		{Name: "start_component_cleanup", Type: cty.Bool, Default: cty.True,
			Doc: "Removes superseded components. It can't be `false`."},
		{Name: "reset_base", Type: cty.Bool, Default: cty.False,
			Doc: "`true`: removes all versions of a component except the newest. Updates that are installed by then can no longer be uninstalled."},
		{Name: "defer", Type: cty.Bool, Default: cty.False,
			Doc: "`true`: leaves the long-running part of `reset_base` to Windows' automatic maintenance. Microsoft intends this for factories."},
		{Name: "last_reset_base", Type: cty.String, Computed: true,
			Doc: "Time of the last cleanup with `reset_base`, as recorded in the image."},
		{Name: "applies", Type: cty.String, Computed: true, Applies: true,
			Doc: "`at first boot` if the cleanup is queued, `now` if it ran on the image, `passed over` if it was skipped because operations were pending."},
	}
}

func check(r *resource, absent bool) error {
	what := store
	r.What = &what
	if absent {
		return nil
	}
	yes, no := true, false
	if r.StartComponentCleanup == nil {
		r.StartComponentCleanup = &yes
	}
	if r.ResetBase == nil {
		r.ResetBase = &no
	}
	if r.Defer == nil {
		r.Defer = &no
	}
	var errs []error
	if !*r.StartComponentCleanup {
		errs = append(errs, providers.Problemf("start_component_cleanup", "Nothing to clean", `All that a cleanup does is a part of it. Leave it out, or set ensure = "absent" to have none.`))
	}
	if *r.Defer && !*r.ResetBase {
		errs = append(errs, providers.Problemf("defer", "Nothing to defer", "Only the work of reset_base can be deferred. Set reset_base = true, or leave defer out."))
	}
	return errors.Join(errs...)
}

func claims(resource, bool) []providers.Claim {
	return []providers.Claim{providers.ClaimThing("cleanup of the component store", "")}
}

func runnable(ctx context.Context, s image.Session, c providers.TypedChange[resource]) error {
	if c.Action == providers.Delete {
		return nil
	}
	return bootjob.Runnable(ctx, s)
}

// jobKind is the kind of the job in the queue.
const jobKind = "cleanup"

// operationsPending is the code with which DISM refuses a cleanup while other work is pending
// (CBS_E_PENDING). Microsoft's script ignores it ("Update Windows installation media with Dynamic
// Update").
const operationsPending = 0x800F0806

const (
	startCleanup = "/StartComponentCleanup"
	resetBase    = "/ResetBase"
	deferReset   = "/Defer"
)

func (r resource) args() []string {
	args := []string{"/Cleanup-Image", startCleanup}
	if *r.ResetBase {
		args = append(args, resetBase)
	}
	if *r.Defer {
		args = append(args, deferReset)
	}
	return args
}

func (r resource) job() bootjob.Job {
	return bootjob.Job{
		Kind: jobKind, Name: store, Title: "Clean up the component store", Stage: bootjob.StageCleanup,
		Commands: []bootjob.Command{{Args: r.args(), OK: []uint32{operationsPending}}},
	}
}

func queuedAt(c providers.TypedChange[resource]) (providers.QueuePlace, bool) {
	return providers.QueuePlace{Order: bootjob.Order(bootjob.StageCleanup, 0), ID: bootjob.ID(jobKind, store)}, c.Action != providers.Delete
}

func apply(ctx context.Context, s image.Session, _ providers.Host, c providers.TypedChange[resource]) error {
	if c.Action == providers.Delete {
		return errors.Join(bootjob.Unqueue(s, jobKind, store), removeNote(s))
	}
	return bootjob.Queue(ctx, s, c.Want.job())
}

// When it is done, for the attribute applies.
const passedOver providers.Applies = "passed over"

// read returns the cleanup that is queued, or that the image's note records.
func read(ctx context.Context, s image.Session, want resource) (*resource, error) {
	status, _, err := servicing.ReadStatus(ctx, s)
	if err != nil {
		return nil, err
	}
	args, applies, err := found(s)
	if args == nil || err != nil {
		return nil, err
	}
	has := func(arg string) *bool {
		is := slices.ContainsFunc(args, func(a string) bool { return strings.EqualFold(a, arg) })
		return &is
	}
	have := &resource{
		What: want.What, StartComponentCleanup: has(startCleanup), ResetBase: has(resetBase), Defer: has(deferReset), Applies: &applies,
	}
	if status.LastResetBase != "" {
		have.LastResetBase = &status.LastResetBase
	}
	return have, nil
}

// found returns the options of the cleanup that is queued or done, and when it takes effect.
func found(s image.Session) (args []string, applies providers.Applies, err error) {
	if _, ok := image.As[image.FirstBoot](s); ok {
		job, queued, err := bootjob.Queued(s, jobKind, store)
		if queued || err != nil {
			return append([]string{}, jobArgs(job)...), providers.Queued, err
		}
	}
	args, passed, err := noted(s)
	if passed {
		return args, passedOver, err
	}
	return args, providers.Applied, err
}

func jobArgs(j bootjob.Job) []string {
	if len(j.Commands) == 0 {
		return nil
	}
	return j.Commands[0].Args
}
