package main

import (
	"runtime"

	"github.com/spf13/pflag"

	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/internal/preflight"
	"github.com/gildhq/gild/planner"
)

// imageMemory is what an image of 120,000 files takes while it is made, in bytes:
// 450 MB of it for the files and the collector's slack, the rest for hives as large
// as those of Windows, which are whole in memory.
const imageMemory = 768 << 20

// parallelism is how many images are made at once; 0: as many as do the machine good.
type parallelism int

func (p *parallelism) register(flags *pflag.FlagSet) {
	flags.IntVar((*int)(p), "parallelism", 0, "make so `MANY` images at once; as many as there are processors, if there is memory for them")
}

// images returns how many images of a plan are made at once.
func (p parallelism) images(plan *planner.Plan, m preflight.Machine) int {
	n := int(p)
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
		if memory, err := m.Memory(); err == nil && memory.Free > 0 {
			n = min(n, int(memory.Free/imageMemory))
		}
	}
	for _, img := range plan.Images {
		if !img.UpToDate && img.Backend == (dism.Backend{}).Name() {
			mounted, _ := m.RegisteredMounts() // not known, not many: the backend asks DISM
			n = min(n, dism.MaxMounts-mounted)
		}
	}
	return max(n, 1)
}
