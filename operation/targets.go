package operation

import (
	"slices"

	"github.com/gildhq/gild/dsl"
)

// targets are the values of -target.
type targets []string

// matcher returns a function that reports whether a resource is targeted; nil if all are. A
// target that matches nothing is an error.
func (ts targets) matcher(config *dsl.Config) (func(dsl.Addr) bool, error) {
	if len(ts) == 0 {
		return nil, nil
	}
	parsed := make([]dsl.Target, len(ts))
	for i, text := range ts {
		t, err := dsl.ParseTarget(text)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(config.Images, func(img *dsl.Image) bool {
			return slices.ContainsFunc(img.Resources, func(r *dsl.Resource) bool { return t.Match(r.Addr) })
		}) {
			return nil, Explain("Nothing to target", "-target=%s matches no resource of the configuration. "+
				"A target is an address like kiosk/registry.lock_screen, registry.lock_screen or kiosk.", t)
		}
		parsed[i] = t
	}
	return func(a dsl.Addr) bool {
		return slices.ContainsFunc(parsed, func(t dsl.Target) bool { return t.Match(a) })
	}, nil
}
