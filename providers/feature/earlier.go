package feature

import (
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/dismway"
)

// before yields the earlier changes that are made when a change is: at the first
// start those that were made in the image before are, too.
func before(c providers.TypedChange[feature]) []providers.Change {
	var list []providers.Change
	for _, e := range c.Earlier {
		if e.Way == c.Way || c.Way != dismway.Name {
			list = append(list, e)
		}
	}
	return list
}

// broughtAlong tells whether earlier changes may bring features that the image does
// not know yet. Which these are is seen when they are there.
func broughtAlong(c providers.TypedChange[feature]) bool {
	for _, e := range before(c) {
		if e.Action == providers.Delete {
			continue
		}
		switch e.Addr.Kind {
		case "capability", "edition":
			return true
		case "package":
			kind := e.Want.GetAttr("kind")
			if kind.IsNull() {
				return true
			}
			switch kind.AsString() {
			case "feature_pack", "feature_on_demand", "other":
				return true
			}
		}
	}
	return false
}

// enabledBefore tells whether an earlier change enables a feature.
func enabledBefore(c providers.TypedChange[feature], name string) bool {
	for _, e := range before(c) {
		if e.Addr.Kind == c.Addr.Kind && e.Action != providers.Delete && nt.Equal(e.Want.GetAttr("name").AsString(), name) {
			return true
		}
	}
	return false
}
