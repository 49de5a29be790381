package providertest

import (
	"errors"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/providers"
)

// Refusal is a resource that a kind refuses.
type Refusal struct {
	Name     string
	Image    map[string][]byte
	Payloads map[string]string
	Set      map[string]cty.Value
	Absent   bool

	Attr string // attribute the problem belongs to
	Says string // part of its detail
}

// Refuse checks that Check, Resolve, Read or the Check of a way reports the problem of each
// resource.
func Refuse(t *testing.T, p *providers.Provider, refusals []Refusal) {
	for _, c := range refusals {
		t.Run(c.Name, func(t *testing.T) {
			err := refused(t, p, c)
			for _, e := range providers.Problems(err) {
				var problem *providers.Problem
				if errors.As(e, &problem) && problem.Attr == c.Attr && strings.Contains(problem.Detail+" "+problem.Remedy, c.Says) {
					return
				}
			}
			t.Errorf("found %v, want a problem of attribute %q that says %q", err, c.Attr, c.Says)
		})
	}
}

func refused(t *testing.T, p *providers.Provider, c Refusal) error {
	want, err := p.Checked(Value(t, p, c.Set), c.Absent)
	if err == nil && !c.Absent {
		want, err = p.Resolved(t.Context(), NewHost(t, c.Payloads), want)
	}
	if err != nil || p.Read == nil {
		return err
	}
	m := NewImage(t, c.Image, false)
	have, err := p.Found(t.Context(), m, want)
	change := providers.Change{Action: providers.Update, Want: want, Have: providers.There(have)}
	switch {
	case err != nil:
		return err
	case c.Absent:
		change.Action = providers.Delete
	case have.IsNull():
		change.Action = providers.Create
	}
	for _, w := range p.Ways {
		if w.Check != nil {
			err = errors.Join(err, w.Check(t.Context(), m, change))
		}
	}
	return err
}
