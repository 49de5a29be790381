package retention_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/executor/retention"
	"github.com/gildhq/gild/image"
)

// checkpoint is used at a second, takes these parts (each of as many bytes as its name
// is long) and stands on another one.
func checkpoint(id, parent string, used int64, parts ...string) retention.Checkpoint {
	c := retention.Checkpoint{Checkpoint: image.Checkpoint{ID: id, Parent: parent, Used: time.Unix(used, 0)}}
	for _, p := range parts {
		c.Pieces = append(c.Pieces, image.Piece{Name: p, Size: int64(len(p))})
	}
	return c
}

func TestExcess(t *testing.T) {
	// One beginning with two ends, and one that stands alone; hive1 is in two of them.
	list := []retention.Checkpoint{
		checkpoint("a", "", 9, "hive1", "hive1", "x"),
		checkpoint("b", "a", 3, "hive1", "hive2"),
		checkpoint("c", "a", 5, "hive3"),
		checkpoint("d", "c", 4, "y"),
		checkpoint("z", "", 1, "lonely"),
	}
	if n := retention.Room(list); n != 5+1+5+5+1+6 {
		t.Fatalf("all take %d bytes", n)
	}
	damaged := checkpoint("e", "", 99, "hive1")
	damaged.Damage = errors.New("damaged")
	for _, tt := range []struct {
		name   string
		more   []retention.Checkpoint
		wanted string
		max    int64
		want   string
	}{
		{"room for all", nil, "", 23, ""},
		{"the oldest first", nil, "", 22, "z"},
		{"what is shared frees nothing before the last", nil, "", 16, "z b"},
		{"ends before what they stand on", nil, "", 11, "z b d"},
		{"the wanted last", nil, "a b z", 18, "d c"},
		{"also the wanted", nil, "a b z", 6, "d c z b"},
		{"everything", nil, "a b c d z", 0, "z b d c a"},
		{"what is of no use goes in any case", []retention.Checkpoint{damaged, checkpoint("f", "e", 99, "w"), checkpoint("g", "gone", 99, "w")}, "e f g", 1000, "e f g"},
		{"in a circle", []retention.Checkpoint{checkpoint("m", "n", 0, "m"), checkpoint("n", "m", 0, "n")}, "", 0, "z b d c a m n"},
	} {
		all := slices.Concat(list, tt.more)
		for i, c := range all {
			if slices.Contains(strings.Fields(tt.wanted), c.ID) {
				all[i].Images = []string{"kiosk"}
			}
		}
		var ids []string
		gone := retention.Excess(all, tt.max)
		for _, c := range gone {
			ids = append(ids, c.ID)
		}
		if got := strings.Join(ids, " "); got != tt.want {
			t.Errorf("%s: %q goes, want %q", tt.name, got, tt.want)
		}
	}
}
