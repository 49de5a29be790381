package operation

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/censor"
)

// keepSecret adds the sensitive values of a configuration to the secrets: those of variables,
// locals and resources.
func (w *Workspace) keepSecret(config *dsl.Config) {
	for _, img := range config.Images {
		for _, r := range img.Resources {
			w.keepAttrs(r)
		}
	}
	if config.Scope == nil {
		return
	}
	for _, v := range config.Scope.Variables {
		w.keepMarked(v)
	}
}

func (w *Workspace) keepAttrs(r *dsl.Resource) {
	for _, name := range r.Sensitive {
		if r.Want.Type().IsObjectType() && r.Want.Type().HasAttribute(name) {
			w.Secrets.Add(censor.Texts(r.Want.GetAttr(name))...)
		}
	}
}

// keepMarked adds what is marked as sensitive in a value, with everything in it.
func (w *Workspace) keepMarked(v cty.Value) {
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if v.IsMarked() {
			w.Secrets.Add(censor.Texts(v)...)
			return false, nil
		}
		return true, nil
	})
}
