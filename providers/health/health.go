// Package health is the kind "health": the promise that the image is whole.
package health

import (
	"context"
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/health"
	"github.com/gildhq/gild/providers"
)

const doc = "The promise that the image is whole. Nothing is repaired: what is wrong is an error of the plan,\n" +
	"and after all changes the image is verified again before the output gets its name.\n\n" +
	"Verified is that every registry hive can be read in full, that the manifests of installed packages\n" +
	"and of the component store are there, that the driver store holds each driver package it has a record\n" +
	"of, and that no servicing is pending. With `content` all content is read, too, and compared with the\n" +
	"digests in the WIM file. `gild verify` does the same for any image."

// wanted is the resource.
type wanted struct {
	Content      *bool   `cty:"content"`
	AllowPending *bool   `cty:"allow_pending"`
	Hives        *string `cty:"hives"`
	Servicing    *string `cty:"servicing"`
	Drivers      *string `cty:"drivers"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[wanted]{
		Kind: "health", Doc: doc, Singleton: true, Phase: providers.PhaseVerification,
		Schema: schema(), Check: check, Claims: claims, Read: read, Again: again,
		Ways: []providers.TypedWay[wanted]{{
			Name: "verify", Effect: "now, changes nothing",
			Needs: []image.Capability{image.CanFiles, image.CanRegistry},
			Apply: verify,
		}},
	}.Provider()
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "content", Type: cty.Bool, Default: cty.False,
			Doc: "Read all content and compare it with its digests: a minute or so for an image of 5 GB. A folder keeps no digests."},
		{Name: "allow_pending", Type: cty.Bool, Default: cty.False,
			Doc: "Accept that servicing is pending until the first start, as updates leave it that DISM adds to an image."},
		{Name: "hives", Type: cty.String, Computed: true, Doc: "`verified`: the registry hives can be read in full."},
		{Name: "servicing", Type: cty.String, Computed: true, Doc: "`verified`: the manifests of packages and components are there."},
		{Name: "drivers", Type: cty.String, Computed: true, Doc: "`verified`: the driver packages are there."},
	}
}

func claims(wanted, bool) []string { return []string{"health"} }

func check(_ *wanted, absent bool) error {
	if absent {
		return &providers.Problem{Attr: "ensure", Summary: "Health can't be absent",
			Detail: "An image that is not verified needs no resource; remove it."}
	}
	return nil
}

// shown is how many faults a plan names; the rest is counted.
const shown = 10

// read verifies the image: what it returns is there only if nothing is wrong.
func read(ctx context.Context, s image.Session, want wanted) (*wanted, error) {
	report, err := health.Check(ctx, s, health.Options{Content: isSet(want.Content), AllowPending: isSet(want.AllowPending)})
	if errors.Is(err, health.ErrNoDigests) {
		return nil, &providers.Problem{Attr: "content", Summary: "Content can't be verified",
			Detail: "A folder keeps no digests of its files. Set content = false, or verify the WIM file it comes from."}
	}
	if err != nil {
		return nil, err
	}
	if found := report.Findings(); len(found) > 0 {
		return nil, problems(found)
	}
	const verified = "verified"
	have := want
	for _, field := range []**string{&have.Hives, &have.Servicing, &have.Drivers} {
		text := verified
		*field = &text
	}
	return &have, nil
}

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

// attribute is what the author may change about a fault.
func attribute(a health.Area) string {
	switch a {
	case health.Content:
		return "content"
	case health.Pending:
		return "allow_pending"
	}
	return ""
}

// again has the image verified behind whatever is done to it.
func again(_ wanted, earlier []providers.Change) string {
	if len(earlier) == 0 {
		return ""
	}
	return "the steps before it change the image"
}

// verify leaves all to the reading that follows each step.
func verify(context.Context, image.Session, providers.Host, providers.TypedChange[wanted]) error {
	return nil
}

func isSet(b *bool) bool { return b != nil && *b }
