package executor

import (
	"context"
	"fmt"
	"slices"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// takeScratch takes a folder for temporary files of servicing before the image is begun, so that
// images made at the same time do not run out of space together. The returned function removes
// it. Without a pool, the backend uses a folder in the store.
func (r *run) takeScratch(ctx context.Context) (free func(), err error) {
	if r.Scratch == nil || !slices.Contains(r.backend.Offers(), image.CanService) {
		return func() {}, nil
	}
	ctx, cancel := r.untilStop(ctx)
	defer cancel()
	dir, err := r.Scratch.Take(ctx, r.scratchNeed())
	switch {
	case err != nil && r.stopped():
		return nil, fmt.Errorf("%w: while it waited for scratch space", ErrInterrupted)
	case err != nil:
		return nil, err
	}
	r.scratch = dir.Path
	return func() {
		if err := dir.Close(); err != nil {
			r.Log.Warn("a scratch folder can't be removed", "path", dir.Path, "error", err)
		}
	}, nil
}

// scratchNeed returns the space an image needs for temporary files. They are best on another disk
// than the image that is serviced: the target, or the working image in the store.
func (r *run) scratchNeed() scratch.Need {
	need := scratch.Need{For: "image " + r.img.Name, Away: r.Store}
	if r.img.Target != "" {
		need.Away = r.img.Target
	}
	languages := slices.ContainsFunc(r.img.Items, func(it *planner.Item) bool { return !it.Absent && it.Phase == providers.PhaseLanguage })
	need.Bytes = scratch.Servicing(r.payloadPaths(), languages)
	return need
}

// payloadPaths returns the payloads of the image, each once.
func (r *run) payloadPaths() []string {
	var all []string
	for _, it := range r.img.Items {
		if it.Absent {
			continue
		}
		for _, p := range r.kinds[it.Addr.Kind].Payloads(it.Want) {
			for _, path := range p.Paths() {
				if address.Is(path) {
					path = r.Host.Path(path)
				}
				all = append(all, path)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
