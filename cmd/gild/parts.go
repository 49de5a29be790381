package main

import (
	"errors"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/all"
)

// kinds returns the kinds of resources this program knows.
func kinds() []*providers.Provider { return all.All() }

// backends returns what can open images on this machine, best first: DISM where it
// is, or where GILD_DISM names one.
func (a *app) backends() ([]image.Backend, error) {
	exe, err := dism.Find(a.getenv("GILD_DISM"))
	switch {
	case errors.Is(err, dism.ErrNoDISM):
		return []image.Backend{offline.Backend{}}, nil
	case err != nil:
		return nil, err
	}
	return []image.Backend{dism.Backend{Program: exe}, offline.Backend{}}, nil
}

// language returns the kinds as the language knows them.
func language(kinds []*providers.Provider) dsl.Kinds {
	out := make(dsl.Kinds, len(kinds))
	for i, p := range kinds {
		out[i] = dsl.Kind{Name: p.Kind, Doc: p.Doc, Singleton: p.Singleton, Schema: p.Schema}
	}
	return out
}
