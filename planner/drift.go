package planner

import (
	"cmp"
	"context"
	"fmt"

	"github.com/gildhq/gild/image"
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
func (m *maker) vouch(ctx context.Context, output image.Session) bool {
	switch m.seal {
	case image.SealWhole:
		return true
	case image.Unsealed:
		m.img.Reasons = append(m.img.Reasons, "Nothing in the output tells whether it is as gild wrote it: its seal was removed, or the gild that made it did not seal it yet.")
		return false
	}
	reason := "The output has been changed since gild made it"
	if names := m.changed(); m.receipt.Head == m.img.Head && names != "" {
		reason += ": " + names
	}
	m.img.Reasons = append(m.img.Reasons, reason+". It is rebuilt, and what was changed is lost.")
	drift, err := m.drift(ctx, output)
	if err != nil {
		m.img.Reasons = append(m.img.Reasons, "What was changed can't be told: "+sentence(err))
		return false
	}
	m.img.Drift = drift
	return false
}

// checkpoints returns the IDs under which checkpoints of the output's steps are kept. The
// receipt has the published ones: see [ids].
func (m *maker) checkpoints() []string {
	own := map[string]string{}
	for _, s := range m.img.Steps {
		own[cmp.Or(s.Published, s.ID)] = s.ID
	}
	var chain []string
	for _, s := range m.receipt.Steps {
		chain = append(chain, cmp.Or(own[s.ID], s.ID))
	}
	return chain
}

// drift opens what gild made, if there are checkpoints of it, and compares.
func (m *maker) drift(ctx context.Context, output image.Session) (*Drift, error) {
	differ, ok := image.As[image.Differ](output)
	if !ok {
		return nil, fmt.Errorf("the backend %q can't compare images", m.backend.Name())
	}
	chain := m.checkpoints()
	made, err := m.backend.Open(ctx, m.img.Source, image.OpenOptions{Store: m.Store, Chain: chain, Log: m.Input.log()})
	if err != nil {
		return nil, err
	}
	defer made.Close()
	list, err := differ.Differences(made)
	if err != nil {
		return nil, err
	}
	d := &Drift{Differences: list, FromSource: m.img.Fingerprint != m.receipt.Source}
	if n := len(chain); n > 0 && made.At() != chain[n-1] {
		d.FromSource = true
	}
	if len(list) > maxDrift {
		d.Differences, d.More = list[:maxDrift], len(list)-maxDrift
	}
	return d, nil
}
