package operation

import (
	"runtime"

	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/planner"
)

// imageMemory is what an image of 120,000 files takes while it is made, in bytes:
// 450 MB of it for the files and the collector's slack, the rest for hives as large
// as those of Windows, which are whole in memory.
const imageMemory = 768 << 20

// parallel returns how many images of a plan are made at once.
func (a *applying) parallel(plan *planner.Plan) int {
	n, m := a.Parallel, a.Machine
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
		if memory, err := m.Memory(); err == nil && memory.Free > 0 {
			n = min(n, int(memory.Free/imageMemory))
		}
	}
	for _, img := range plan.Images {
		if !img.UpToDate && img.Serviced {
			mounted, _ := m.RegisteredMounts() // not known, not many: the backend asks DISM
			n = min(n, dism.MaxMounts-mounted)
		}
	}
	return max(n, 1)
}
