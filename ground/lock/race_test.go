package lock

import (
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestNoLockOnWhatIsGone: who opens the file while its holder takes it away has a lock
// on a file without a name, which keeps others from nothing. It is none.
func TestNoLockOnWhatIsGone(t *testing.T) {
	p := place(t)
	var wg sync.WaitGroup
	var tries atomic.Int64
	end := time.Now().Add(time.Second)
	for range 4 {
		wg.Go(func() {
			for time.Now().Before(end) && !t.Failed() {
				file, err := p.try(os.O_CREATE)
				if file == nil {
					if _, held := err.(*HeldError); err != nil && !held {
						t.Error(err)
					}
					continue
				}
				tries.Add(1)
				if !named(file, p.File) {
					t.Error("the file of the lock has no name")
				}
				if err := (&Lock{place: p, file: file}).Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	t.Log(tries.Load(), "locks were taken")
}
