package operation

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/censor"
)

// secrets collects sensitive values.
type secrets struct{ *censor.Censor }

// addConfig adds the sensitive values of a configuration: those of variables, locals and
// resources.
func (s secrets) addConfig(config *dsl.Config) {
	for _, img := range config.Images {
		for _, r := range img.Resources {
			s.addResource(r)
		}
	}
	if config.Scope == nil {
		return
	}
	for _, v := range config.Scope.Variables {
		s.addMarked(v)
	}
}

func (s secrets) addResource(r *dsl.Resource) {
	for _, name := range r.Sensitive {
		if r.Want.Type().IsObjectType() && r.Want.Type().HasAttribute(name) {
			s.Add(censor.Texts(r.Want.GetAttr(name))...)
		}
	}
}

// addMarked adds what is marked as sensitive in a value, with everything in it.
func (s secrets) addMarked(v cty.Value) {
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if v.IsMarked() {
			s.Add(censor.Texts(v)...)
			return false, nil
		}
		return true, nil
	})
}
