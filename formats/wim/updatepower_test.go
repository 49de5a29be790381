package wim

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/internal/testenv"
)

// sector is what a disk writes as a whole.
const sector = 512

// powerState is what the disk may hold when the power goes after n operations: what
// was flushed, and of the rest any of the sectors and of the changes of length.
func powerState(start []byte, log []operation, n int, rng *rand.Rand) []byte {
	flushed := 0
	for i, o := range log[:n] {
		if o.kind == "sync" {
			flushed = i
		}
	}
	b := bytes.Clone(start)
	for i, o := range log[:n] {
		switch {
		case i < flushed:
			b = o.apply(b)
		case o.kind == "truncate" && rng.IntN(2) == 0:
			b = o.apply(b)
		case o.kind == "write":
			keep := rng.IntN(5) // quarters
			for len(o.data) > 0 {
				size := min(int64(len(o.data)), sector-o.off%sector)
				if rng.IntN(4) < keep {
					b = operation{"write", o.off, o.data[:size]}.apply(b)
				}
				o.data, o.off = o.data[size:], o.off+size
			}
		}
	}
	return b
}

// TestUpdateSurvivesLossOfPower tears every write of an update, and lets those that
// were not flushed come in any order: the file is the old one or the new one, for
// wimlib, too.
func TestUpdateSurvivesLossOfPower(t *testing.T) {
	name := wimlibCapture(t, sampleDir(t), format{XPRESS, 1 << 15}, "--check")
	start, err := os.ReadFile(name)
	must(t, err)
	old, err := NewFile(bytes.NewReader(start), int64(len(start)), name)
	must(t, err)
	image := mustImage(t, old, 1)
	trees := [][]Node{flat(image.Root), nil}
	changeSample(image.Root)
	d := &disk{b: bytes.Clone(start)}
	must(t, UpdateStorage(t.Context(), d, int64(len(start)), name, UpdateOptions{}, Change{Index: 1, Root: image.Root, Info: image.Info}))
	trees[1] = flat(image.Root)
	rng := rand.New(rand.NewPCG(1, 2))
	var met [2]int
	for n := range len(d.log) + 1 {
		for range 12 {
			b := powerState(start, d.log, n, rng)
			f, err := NewFile(bytes.NewReader(b), int64(len(b)), name)
			must(t, err)
			must(t, f.Verify(t.Context()))
			must(t, f.VerifyIntegrity(t.Context()))
			got := flat(mustImage(t, f, 1).Root)
			which := 0
			if len(got) == len(trees[1]) {
				which = 1
			}
			equal(t, got, trees[which])
			if met[which]++; met[which] < 4 {
				torn := filepath.Join(t.TempDir(), "torn.wim")
				must(t, os.WriteFile(torn, b, 0o666))
				testenv.Run(t, "wimlib-imagex", "verify", torn)
			}
		}
	}
	if met[0] < 12 || met[1] < 12 {
		t.Errorf("%d times the old file, %d times the new one", met[0], met[1])
	}
}
