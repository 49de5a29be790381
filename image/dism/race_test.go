package dism_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
)

// slow is a DISM that mounts slowly, and counts the mounted images meanwhile.
type slow struct {
	emulated
	most *atomic.Int32
}

func (s slow) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	mounts := strings.Contains(strings.Join(args, " "), "/Mount-Image")
	if mounts {
		time.Sleep(50 * time.Millisecond)
	}
	code, err := s.emulated.Run(ctx, args, out)
	if mounts {
		var list bytes.Buffer
		s.Machine.Run(ctx, []string{"/English", "/Get-MountedImageInfo"}, &list)
		if n := int32(strings.Count(list.String(), "Mount Dir :")); n > s.most.Load() {
			s.most.Store(n)
		}
	}
	return code, err
}

// TestMountsInTurn: if several sessions see that one more image may be mounted, one
// mounts and the others check again.
func TestMountsInTurn(t *testing.T) {
	b := newBench(t)
	b.mountOthers(dism.MaxMounts - 1)
	program := slow{b.backend.Program.(emulated), new(atomic.Int32)}
	b.backend.Program = program
	var all sync.WaitGroup
	for n := range 3 {
		all.Go(func() {
			opts := b.opts
			opts.Name = fmt.Sprint("image ", n)
			s, err := b.backend.Open(t.Context(), image.Ref{Path: b.source}, opts)
			if err != nil {
				t.Error(err)
				return
			}
			time.Sleep(20 * time.Millisecond)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := program.most.Load(); n != dism.MaxMounts {
		t.Errorf("%d images were mounted at once, want %d", n, dism.MaxMounts)
	}
}

// TestOneSessionEach: of several sessions for one working image one gets it, and the
// others report that and leave it alone.
func TestOneSessionEach(t *testing.T) {
	b := newBench(t)
	s := b.named("kiosk")
	b.write(s, "Windows/name.txt", "mine")
	opts := b.opts
	opts.Name = "kiosk"
	if second, err := b.backend.Open(t.Context(), image.Ref{Path: b.source}, opts); err == nil || !strings.Contains(err.Error(), "another run has it open") {
		t.Errorf("got %v, %v", second, err)
	}
	if got := b.read(s, "Windows/name.txt"); got != "mine" {
		t.Errorf("the first session reads %q", got)
	}
	if err := s.Commit(t.Context(), "step"); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if s := b.named("kiosk", "step"); b.read(s, "Windows/name.txt") != "mine" {
		t.Error("what was committed is lost")
	}
}
