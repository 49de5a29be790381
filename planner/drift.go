package planner

import (
	"cmp"
	"context"
	"fmt"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// maxDrift is how many differences a plan names. The rest is counted.
const maxDrift = 1000

// Drift is what was changed in an output since gild made it.
type Drift struct {
	// FromSource: there are no checkpoints of what gild made, so the output is
	// compared with the source, and gild's own changes are among the differences.
	FromSource  bool               `json:"from_source"`
	Differences []image.Difference `json:"differences"`
	More        int                `json:"more"` // differences that are not named
}

// vouch reports whether the output is as gild wrote it. If its seal is broken, it
// compares the output with what gild made and reports the drift.
func (j judgement) vouch(ctx context.Context, output image.Session) bool {
	switch j.seal {
	case image.SealWhole:
		return true
	case image.Unsealed:
		j.img.Reasons = append(j.img.Reasons, "Nothing in the output tells whether it is as gild wrote it: its seal was removed, or the gild that made it did not seal it yet.")
		return false
	}
	reason := "The output has been changed since gild made it"
	if names := j.changed(); j.receipt.Head == j.img.Head && names != "" {
		reason += ": " + names
	}
	j.img.Reasons = append(j.img.Reasons, reason+". It is rebuilt, and what was changed is lost.")
	drift, err := j.drift(ctx, output)
	if err != nil {
		j.img.Reasons = append(j.img.Reasons, "What was changed can't be told: "+providers.Sentence(err))
		return false
	}
	j.img.Drift = drift
	return false
}

// checkpoints returns the IDs under which checkpoints of the output's steps are kept. The
// receipt has the published ones: see [ids].
func (j judgement) checkpoints() []string {
	own := map[string]string{}
	for _, s := range j.img.Steps {
		own[cmp.Or(s.Published, s.ID)] = s.ID
	}
	var chain []string
	for _, s := range j.receipt.Steps {
		chain = append(chain, cmp.Or(own[s.ID], s.ID))
	}
	return chain
}

// drift opens what gild made, if there are checkpoints of it, and compares.
func (j judgement) drift(ctx context.Context, output image.Session) (*Drift, error) {
	differ, ok := image.As[image.Differ](output)
	if !ok {
		return nil, fmt.Errorf("the backend %q can't compare images", j.backend.Name())
	}
	chain := j.checkpoints()
	made, err := j.backend.Open(ctx, j.img.Source, image.OpenOptions{Store: j.Store, Chain: chain, Log: j.Input.log()})
	if err != nil {
		return nil, err
	}
	defer made.Close()
	list, err := differ.Differences(made)
	if err != nil {
		return nil, err
	}
	d := &Drift{Differences: list, FromSource: j.img.Fingerprint != j.receipt.Source}
	if n := len(chain); n > 0 && made.At() != chain[n-1] {
		d.FromSource = true
	}
	if len(list) > maxDrift {
		d.Differences, d.More = list[:maxDrift], len(list)-maxDrift
	}
	return d, nil
}
