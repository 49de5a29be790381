package hive

import (
	"testing"

	"github.com/gildhq/gild/internal/testenv"
)

// TestMadeByOffreg reads a hive that Microsoft's offline registry library wrote, with
// names of unpaired surrogates: its order is the order.
func TestMadeByOffreg(t *testing.T) {
	h := mustParse(t, testenv.ReadShared(t, "hives/offreg/offreg-made.hive"))
	if faults := h.Check(); len(faults) > 0 {
		t.Error(faults)
	}
	again := mustParse(t, mustWrite(t, h, WriteOptions{}))
	sameTree(t, h.Root(), again.Root())
	var walk func(*Key) int
	walk = func(k *Key) int {
		n := 1
		for _, sub := range must(k.Subkeys())(t) {
			n += walk(must(k.Subkey(sub.Name()))(t))
		}
		return n
	}
	if n := walk(again.Root()); n != 5 {
		t.Errorf("%d keys of 5 were read", n)
	}
}
