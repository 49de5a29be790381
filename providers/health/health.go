// Package health is the kind "health": a check that the image is intact, before and after all
// changes. The checks themselves are in image/health; dism.go runs DISM's and sfc's.
package health

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/health"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

const doc = "The requirement that the image is healthy. A fault fails the plan. After all changes gild verifies the\n" +
	"image again before the output gets its name. gild repairs nothing unless `restore` is set.\n\n" +
	"gild verifies that every registry hive can be read in full, that the manifests of installed packages\n" +
	"and of the component store exist, that the driver store contains every driver package it has a record\n" +
	"of, and that no servicing is pending. With `content` it also reads all content and compares it with the\n" +
	"digests in the WIM file. This works on any system; `gild verify` does the same for any image.\n\n" +
	"With the backend `dism`, DISM also checks the component store: it reports recorded damage before the\n" +
	"first change, and runs the check in `check` after the last one. An unhealthy store is an error.\n" +
	"With `restore` DISM repairs the store first, because a damaged store can't be serviced. With\n" +
	"`system_files`, sfc verifies protected system files after the last change. An image does not record the\n" +
	"results, so every apply checks a folder that is changed in place. `gild verify -dism` runs both checks\n" +
	"on any image."

// wanted is the resource.
type wanted struct {
	Content      *bool    `cty:"content"`
	AllowPending *bool    `cty:"allow_pending"`
	Check        *string  `cty:"check"`
	Restore      *bool    `cty:"restore"`
	Source       []string `cty:"source"`
	LimitAccess  *bool    `cty:"limit_access"`
	SystemFiles  *bool    `cty:"system_files"`
	When         *string  `cty:"when"`
	Hives        *string  `cty:"hives"`
	Servicing    *string  `cty:"servicing"`
	Drivers      *string  `cty:"drivers"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[wanted]{
		Kind: "health", Doc: doc, Singleton: true, Phase: providers.PhaseVerification, PhaseOf: phaseOf,
		Schema: schema(), Check: check, Claims: claims, Expand: expand, Resolve: resolve, Read: read, Again: again,
		Ways: []providers.TypedWay[wanted]{{
			Name: providers.ByDISM, Effect: viadism.Effect(),
			Needs:    []image.Capability{image.CanFiles, image.CanRegistry, image.CanService},
			EffectIn: effect, Apply: providers.Each(service),
		}, {
			Name: "verify", Effect: unaided(),
			Needs: []image.Capability{image.CanFiles, image.CanRegistry},
			Check: checkUnaided, Apply: providers.Each(verify),
		}},
	}.Provider()
}

// unaided is the effect of the checks that gild makes itself.
func unaided() providers.Effect { return providers.Now("changes nothing") }

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "content", Type: cty.Bool, Default: cty.False,
			Doc: "Reads all content and compares it with its digests: about a minute for an image of 5 GB. A folder has no digests."},
		{Name: "allow_pending", Type: cty.Bool, Default: cty.False,
			Doc: "Accepts servicing that is pending until the first boot, as it is after DISM adds an update to an image."},
		{Name: "check", Type: cty.String, Values: []string{recorded, scan},
			Doc: "How DISM checks the component store: `recorded` reports damage that was found before (`/CheckHealth`, a few seconds), `scan` scans for damage (`/ScanHealth`, minutes). Requires the backend `dism`. Default with `restore`: `scan`."},
		{Name: "restore", Type: cty.Bool, Default: cty.False,
			Doc: "`true`: repairs a repairable component store (`/RestoreHealth`) before the first change, and again after the last one. Requires the backend `dism`."},
		{Name: "source", Type: cty.List(cty.String), Hint: true, Payload: dsl.PayloadSource,
			Doc: "Sources of intact files for `restore`: folders with Windows, such as that of a mounted image, or `wim:FILE:INDEX`, of exactly the image's build. Paths are relative to the folder of the configuration."},
		{Name: "limit_access", Type: cty.Bool, Default: cty.True, Hint: true,
			Doc: "`false`: `restore` may also get files that the sources lack from Windows Update."},
		{Name: "system_files", Type: cty.Bool, Default: cty.False,
			Doc: "`true`: sfc verifies protected system files (`sfc /verifyonly`, minutes). It never repairs them. Requires the backend `dism`."},
		{Name: "when", Type: cty.String, Computed: true,
			Doc: "`before`: the part in which DISM checks the component store before the first change."},
		{Name: "hives", Type: cty.String, Computed: true, Doc: "`verified`: the registry hives can be read in full."},
		{Name: "servicing", Type: cty.String, Computed: true, Doc: "`verified`: the manifests of packages and components exist. `damaged`: some are missing, and `restore` will repair this."},
		{Name: "drivers", Type: cty.String, Computed: true, Doc: "`verified`: the driver packages exist."},
	}
}

func claims(w wanted, _ bool) []providers.Claim {
	if w.before() {
		return []providers.Claim{providers.ClaimThing("health before servicing", "")}
	}
	return []providers.Claim{providers.ClaimThing("health", "")}
}

func check(w *wanted, absent bool) error {
	if absent {
		return &providers.Problem{Attr: "ensure", Summary: "Health can't be absent",
			Detail: "An image that is not verified needs no resource; remove it."}
	}
	return w.checkDISM()
}

// shown is how many faults a plan names; it counts the rest.
const shown = 10

// read verifies the image and reports faults as errors, except those to be restored.
func read(ctx context.Context, s image.Session, want wanted) (*wanted, error) {
	have := want
	if want.before() {
		return &have, nil // the other part reads
	}
	report, err := health.Check(ctx, s, health.Options{Content: providers.Is(want.Content, true), AllowPending: providers.Is(want.AllowPending, true)})
	if errors.Is(err, health.ErrNoDigests) {
		return nil, &providers.Problem{Attr: "content", Summary: "Content can't be verified",
			Detail: "A folder keeps no digests of its files. Set content = false, or verify the WIM file it comes from."}
	}
	if err != nil {
		return nil, err
	}
	verified, damaged := "verified", "damaged"
	have.Hives, have.Servicing, have.Drivers = &verified, &verified, &verified
	found := report.Findings()
	if providers.Is(want.Restore, true) {
		rest := slices.DeleteFunc(slices.Clone(found), restorable)
		if len(rest) < len(found) {
			have.Servicing, have.Restore = &damaged, nil
		}
		found = rest
	}
	if len(found) > 0 {
		return nil, problems(found)
	}
	return &have, nil
}

// restorable reports whether DISM may restore what is missing.
func restorable(f health.Finding) bool { return f.Area == health.Servicing }

// problems returns the faults as errors on the author's line.
func problems(found []health.Finding) error {
	var errs []error
	for i, f := range found {
		if i == shown {
			errs = append(errs, &providers.Problem{Summary: "Image is not whole",
				Detail: fmt.Sprintf("There are %d more faults; gild verify lists all.", len(found)-shown)})
			break
		}
		errs = append(errs, &providers.Problem{Attr: attribute(f.Area), Summary: "Image is not whole", Detail: f.String() + ". " + f.Remedy})
	}
	return errors.Join(errs...)
}

// attribute is the argument to change because of a fault.
func attribute(a health.Area) string {
	switch a {
	case health.Content:
		return "content"
	case health.Pending:
		return "allow_pending"
	case health.Store:
		return "check"
	case health.SystemFiles:
		return "system_files"
	}
	return ""
}

// again has the image verified again after every change, and always if DISM verifies it.
func again(w wanted, earlier []providers.Earlier) string {
	switch {
	case w.byDISM():
		return "the image does not keep what DISM says of it"
	case len(earlier) == 0:
		return ""
	}
	return "the steps before it change the image"
}

// verify does nothing: reading the resource after the step verifies the image.
func verify(context.Context, image.Session, providers.Host, providers.TypedChange[wanted]) error {
	return nil
}
