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

// fetchModules brings all modules that the configuration may call onto this machine,
// whatever values its variables have, and returns what they are. What is pinned stays,
// unless renew says otherwise.
func fetchModules(ctx context.Context, w *Workspace, pinned modules.Pins, renew func(modules.Call) bool) (pins modules.Pins, err error) {
	var roots folders
	defer func() { err = errors.Join(err, roots.Close()) }()
	root, err := roots.open(".")
	if err != nil {
		return nil, err
	}
	found := &modules.Resolver{Ctx: ctx, Pinned: pinned, Pin: true, Renew: renew, Open: func() (*fetch.Fetcher, error) { return staging{w}.fetcher(nil) }}
	defer func() { err = errors.Join(err, found.Close()) }()
	files, diags := dsl.Modules(dsl.Options{FS: root, Open: roots.open, Dir: ".", Kinds: Language(Kinds()), Resolver: found})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := Check(diags, files); err != nil {
		return nil, err
	}
	return found.Used, nil
}
