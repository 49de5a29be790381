package executor

import (
	"cmp"
	"fmt"

	"github.com/gildhq/gild/executor/retention"
	"github.com/gildhq/gild/ground/size"
)

// prune evicts checkpoints until the rest takes no more room than allowed. An error is
// only logged: a checkpoint too many does no harm.
func (a *applier) prune() {
	if a.plan.Incomplete || len(a.plan.Waiting)+len(a.plan.LeftOut) > 0 || a.journal == nil {
		return
	}
	store := retention.Store{Dir: a.Store, Backends: a.Backends}
	list, err := store.List(a.plan, nil)
	if err != nil {
		a.warn(fmt.Sprintf("can't tell what checkpoints there are in %s", a.Store), err)
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

// tellLost reports the eviction of checkpoints that the next run could use.
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
		"checkpoints may take %s, and what the present images are made of needs more: %d of them are removed, one of image %s, and a later change makes their steps again; a larger max_size in the block layers keeps them",
		size.Text(room), lost, images), nil)
}
