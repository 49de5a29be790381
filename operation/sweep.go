package operation

import (
	"context"

	"github.com/gildhq/gild/ground/tempdir"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/providers/packagefile"
)

// Prefixes of the names of temporary folders.
const (
	rehearsalFolder = "gild-rehearsal-"
	verifyFolder    = "gild-verify-"
)

// sweep removes the temporary folders of interrupted runs. If it can't, it only logs that: the
// next run tries again.
func (w *Workspace) sweep(ctx context.Context) {
	unmount := func(dir string) error {
		exe, err := dism.Find(w.Getenv("GILD_DISM"))
		if err != nil {
			return dism.Unmounted(dir)
		}
		return dism.Backend{Program: exe}.Unmount(ctx, dir, w.Log)
	}
	folders := map[string]func(string) error{rehearsalFolder: nil, packagefile.StageFolder: nil, verifyFolder: unmount}
	for _, kind := range Kinds() {
		if kind.Temporary != "" {
			folders[kind.Temporary] = nil
		}
	}
	for prefix, release := range folders {
		if err := tempdir.Sweep(prefix, release); err != nil {
			w.Log.Warn("can't remove what an interrupted run left", "error", err)
		}
	}
}
