package operation

import (
	"context"
	"errors"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/operation/fetch"
	"github.com/gildhq/gild/operation/modules"
)

// errOnlyInit is why a plan fetches nothing.
var errOnlyInit = errors.New("only gild init fetches modules: run it")

// FetchModules brings all modules that the configuration may call onto this machine,
// whatever values its variables have, and pins them. What is pinned stays, unless renew says
// otherwise. If a module can't be had, the pins stay as they were.
func (w *Workspace) FetchModules(ctx context.Context, renew bool) (pins modules.Pins, err error) {
	store, err := w.Store()
	if err != nil {
		return nil, err
	}
	var roots folders
	defer func() { err = errors.Join(err, roots.Close()) }()
	root, err := roots.open(".")
	if err != nil {
		return nil, err
	}
	found := &modules.Resolver{Ctx: ctx, Store: store, Pin: true, Renew: renew, Open: func() (*fetch.Fetcher, error) { return staging{w}.fetcher(nil) }}
	defer func() { err = errors.Join(err, found.Close()) }()
	files, diags := dsl.Modules(dsl.Options{FS: root, Open: roots.open, Dir: ".", Kinds: Language(Kinds()), Resolver: found})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := Check(diags, files); err != nil {
		return nil, err
	}
	return found.Used, found.Save()
}
