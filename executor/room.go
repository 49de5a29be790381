package executor

import (
	"context"
	"fmt"
	"slices"

	"github.com/gildhq/gild/executor/scratch"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// takeScratch takes a folder for the temporary files of what services the image, before
// anything is begun: so images that are made at once do not run out of room together.
// The function that is returned removes it. Without a pool the backend has one of its
// own in the store.
func (r *run) takeScratch(ctx context.Context) (free func(), err error) {
	if r.Scratch == nil || !slices.Contains(r.backend.Offers(), image.CanService) {
		return func() {}, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-r.Stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	dir, err := r.Scratch.Take(ctx, scratchNeed(r.img, r.Store))
	switch {
	case err != nil && r.stopped():
		return nil, fmt.Errorf("%w: it was waiting for scratch room", ErrInterrupted)
	case err != nil:
		return nil, err
	}
	r.scratch = dir.Path
	return func() {
		if err := dir.Close(); err != nil {
			r.Log.Warn("a scratch folder is left", "path", dir.Path, "error", err)
		}
	}, nil
}

// scratchNeed is what an image needs. Temporary files are best on another disk than
// that which is serviced: the target, or a working copy in the store.
func scratchNeed(img *planner.Image, store string) scratch.Need {
	need := scratch.Need{For: "image " + img.Name, Away: store}
	if img.Target != "" {
		need.Away = img.Target
	}
	languages := slices.ContainsFunc(img.Items, func(it *planner.Item) bool { return !it.Absent && it.Phase == providers.PhaseLanguage })
	need.Bytes = scratch.Servicing(payloads(img), languages)
	return need
}

// payloads are the files and folders of this machine that are brought into an image,
// each once.
func payloads(img *planner.Image) []string {
	var all []string
	for _, it := range img.Items {
		if it.Absent {
			continue
		}
		for _, p := range providers.Payloads(it.Want) {
			all = append(all, p.Paths()...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
