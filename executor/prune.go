package executor

import (
	"cmp"
	"fmt"

	"github.com/gildhq/gild/executor/retention"
	"github.com/gildhq/gild/ground/size"
)

// prune evicts checkpoints until the rest fits into the allowed room. It only reports errors,
// since too many checkpoints do no harm.
func (a *applier) prune() {
	if a.plan.Incomplete || len(a.plan.Waiting)+len(a.plan.LeftOut) > 0 || a.journal == nil {
		return
	}
	store := retention.Store{Dir: a.Store, Backends: a.Backends}
	list, err := store.List(a.plan, nil)
	if err != nil {
		a.warn(fmt.Sprintf("can't list the checkpoints in %s", a.Store), err)
		return
	}
	room := cmp.Or(a.plan.CheckpointRoom, retention.DefaultRoom)
	gone := retention.Excess(list, room)
	a.tellLost(gone, room)
	freed, err := store.Drop(gone)
	if err != nil {
		a.warn(fmt.Sprintf("can't remove old checkpoints from %s", a.Store), err)
	}
	a.Log.Debug("removed old checkpoints", "checkpoints", len(gone), "bytes", freed)
}

// tellLost reports evicted checkpoints that the next run could have used.
func (a *applier) tellLost(gone []retention.Checkpoint, room int64) {
	lost, images := 0, ""
	for _, c := range gone {
		if c.Damage == nil && len(c.Images) > 0 {
			lost, images = lost+1, c.Images[0]
		}
	}
	if lost == 0 {
		return
	}
	a.warn(fmt.Sprintf(
		"checkpoints may take %s, but those of the current configuration need more: gild removed %d of them, one of image %s, and has to repeat their steps if they are needed again; set a larger max_size in the block layers to keep them",
		size.Text(room), lost, images), nil)
}
