// Package modules finds the modules of a configuration that are fetched, and fetches them.
//
// What exactly a module block means is said by a pin: which version, which content. Pins
// are made by gild init alone. Whoever reads a configuration takes the modules that are
// pinned from the cache, without the network, and gets the same content or an error.
package modules

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/operation/fetch"
)

// Call is what a module block asks for.
type Call struct {
	Source     string `json:"source"`
	Constraint string `json:"constraint,omitempty"`
}

// Pin is what a call means.
type Pin struct {
	Call
	fetch.Pinned
}

// Pins are sorted by their calls.
type Pins []Pin

// Add adds a pin, in place of that of the same call.
func (p *Pins) Add(pin Pin) {
	at, there := p.find(pin.Call)
	if there {
		(*p)[at] = pin
		return
	}
	*p = slices.Insert(*p, at, pin)
}

func (p Pins) find(c Call) (int, bool) {
	return slices.BinarySearchFunc(p, c, func(one Pin, c Call) int {
		return cmp.Or(strings.Compare(one.Source, c.Source), strings.Compare(one.Constraint, c.Constraint))
	})
}

// Resolver finds modules for one reading of a configuration; it is a [dsl.Resolver].
type Resolver struct {
	Ctx    context.Context
	Pinned Pins // those of the lock
	// Open returns what fetches. It is called when the first module is asked for.
	Open func() (*fetch.Fetcher, error)
	// Pin has calls without a pin be asked for on their servers, and fetched; and those that
	// Renew accepts. Nil: none.
	Pin   bool
	Renew func(Call) bool

	// Used are the pins of the modules that were asked for.
	Used Pins

	fetcher *fetch.Fetcher
}

// Resolve is that of [dsl.Resolver].
func (r *Resolver) Resolve(source, constraint string) (dsl.Fetched, error) {
	c := Call{source, constraint}
	pin, err := r.pin(c)
	if err != nil {
		return dsl.Fetched{}, err
	}
	if err := r.open(); err != nil {
		return dsl.Fetched{}, err
	}
	got, err := r.fetcher.Get(r.Ctx, pin)
	if err != nil {
		return dsl.Fetched{}, err
	}
	r.Used.Add(Pin{c, got.Pinned})
	return locate(source, got.Path)
}

// pin returns what a call means.
func (r *Resolver) pin(c Call) (fetch.Pinned, error) {
	if at, used := r.Used.find(c); used {
		return r.Used[at].Pinned, nil
	}
	if at, pinned := r.Pinned.find(c); pinned && (r.Renew == nil || !r.Renew(c)) {
		return r.Pinned[at].Pinned, nil
	}
	if !r.Pin {
		return fetch.Pinned{}, errors.New("it is not locked: run gild init, which fetches and locks it")
	}
	var wanted version.Constraints
	if c.Constraint != "" {
		var err error
		if wanted, err = version.NewConstraint(c.Constraint); err != nil {
			return fetch.Pinned{}, err
		}
	}
	if err := r.open(); err != nil {
		return fetch.Pinned{}, err
	}
	pin, err := r.fetcher.Resolve(r.Ctx, c.Source, wanted)
	if errors.Is(err, fetch.ErrNoVersion) {
		err = &dsl.VersionError{Err: err}
	}
	return pin, err
}

func (r *Resolver) open() (err error) {
	if r.fetcher == nil {
		r.fetcher, err = r.Open()
	}
	return err
}

// locate returns where a module is that was fetched into a folder.
func locate(source, dir string) (dsl.Fetched, error) {
	a, err := address.Parse(source)
	if err != nil {
		return dsl.Fetched{}, err
	}
	name, _, _ := strings.Cut(a.Shown(), "?")
	if a.Sub == "." && (strings.HasSuffix(dir, ".gild.hcl") || strings.HasSuffix(dir, ".gild.json")) {
		dir = filepath.Dir(dir) // an artefact of one file, which is alone in the folder
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return dsl.Fetched{}, fmt.Errorf("%s is a file, and a module is a folder; of an archive, write // and the folder in it, as in %s//", name, name)
	}
	root := dir
	if a.Sub != "." {
		name = strings.TrimSuffix(strings.TrimRight(name, "/"), "//"+a.Sub)
		for range strings.Split(a.Sub, "/") {
			root = filepath.Dir(root)
		}
	}
	return dsl.Fetched{Dir: filepath.ToSlash(dir), Root: filepath.ToSlash(root), Name: strings.TrimRight(name, "/")}, nil
}

// Close releases what was fetched.
func (r *Resolver) Close() error {
	if r.fetcher == nil {
		return nil
	}
	return r.fetcher.Cache.Close()
}
