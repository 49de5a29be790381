package operation

import (
	"runtime"
)

// imageMemory is what an image of 120,000 files takes while it is made, in bytes:
// 450 MB of it for the files and the collector's slack, the rest for hives as large
// as those of Windows, which are whole in memory.
const imageMemory = 768 << 20

// parallel returns how many images are made at once.
func (a *applying) parallel() int {
	n := a.Parallel
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
		if memory, err := a.Machine.Memory(); err == nil && memory.Free > 0 {
			n = min(n, int(memory.Free/imageMemory))
		}
	}
	return max(n, 1)
}
