package operation

import (
	"runtime"
)

// imageMemory is the memory that making an image of 120,000 files takes, in bytes: 450 MB for the
// files and the garbage collector, and the rest for hives as large as those of Windows, which
// gild keeps in memory as a whole.
const imageMemory = 768 << 20

// parallel returns how many images are made at the same time.
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
