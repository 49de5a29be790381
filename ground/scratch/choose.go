package scratch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/ground/volume"
)

// Root is a root of a pool, in its current state.
type Root struct {
	Path     string
	Volume   volume.Volume
	Promised int64 // bytes of the volume that are reserved by others and not used yet
	Err      error // why it can't be used
}

// room returns how many bytes the root can reserve.
func (r Root) room(reserve int64) int64 { return r.Volume.Free - r.Promised - reserve }

// Choose returns the index of the best root for a need: on a disk rather than in memory, then on
// another volume than the one to avoid, then with the most free space. It never chooses a network
// share, since programs that service images refuse to work there.
func Choose(roots []Root, need Need, away string, reserve int64) (int, error) {
	fits := make([]int, 0, len(roots))
	for i, r := range roots {
		if r.Err == nil && !r.Volume.Remote && r.room(reserve) >= need.Bytes {
			fits = append(fits, i)
		}
	}
	if len(fits) == 0 {
		return -1, refusal(roots, need, reserve)
	}
	return slices.MinFunc(fits, func(a, b int) int {
		x, y := roots[a], roots[b]
		return cmp.Or(
			order(x.Volume.RAM, y.Volume.RAM),
			order(away != "" && x.Volume.ID == away, away != "" && y.Volume.ID == away),
			cmp.Compare(y.room(reserve), x.room(reserve)),
			cmp.Compare(a, b),
		)
	}), nil
}

// order puts what is true last.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// refusal says why each root can't be used.
func refusal(roots []Root, need Need, reserve int64) error {
	parts := make([]string, len(roots))
	for i, r := range roots {
		switch {
		case r.Err != nil:
			parts[i] = fmt.Sprintf("%s can't be used: %v", r.Path, r.Err)
		case r.Volume.Remote:
			parts[i] = fmt.Sprintf("%s is on a network share (%s)", r.Path, r.Volume.Type)
		default:
			parts[i] = r.Path + " has " + have(r, reserve)
		}
	}
	return fmt.Errorf("%w: %s needs %s; %s. Make room there, name a folder on another disk in the block scratch, or lower its reserve",
		ErrNoRoom, need.For, size.Text(need.Bytes), strings.Join(parts, "; "))
}

func have(r Root, reserve int64) string {
	text := size.Text(r.Volume.Free) + " free"
	if r.Volume.RAM {
		text += " in memory"
	}
	if r.Promised > 0 {
		text += ", of which " + size.Text(r.Promised) + " are promised to others"
	}
	if reserve > 0 {
		text += ", and " + size.Text(reserve) + " stay free"
	}
	return text
}
