package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gildhq/gild/ground/cache"
	"github.com/gildhq/gild/providers"
)

// staged returns a host to which all below share is on a network share, and the
// folder of its copies.
func staged(t *testing.T, module, share string) (*Host, string) {
	t.Helper()
	cache := filepath.Join(t.TempDir(), "copies")
	h := NewStaging(module, Staging{Dir: cache, Limit: 1000, Remote: func(path string) bool {
		return path == share || strings.HasPrefix(path, share+string(filepath.Separator))
	}})
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h, cache
}

func TestStaging(t *testing.T) {
	ctx, module, share := t.Context(), t.TempDir(), t.TempDir()
	now := time.Now()
	write(t, filepath.Join(share, "kb.msu"), "abc", now)
	write(t, filepath.Join(share, "drivers", "nic", "nic.inf"), "inf", now)
	write(t, filepath.Join(module, "here.msu"), "abc", now)
	h, cache := staged(t, module, share)

	if got := h.Path("here.msu"); got != filepath.Join(module, "here.msu") {
		t.Errorf("a local payload is at %s", got)
	}
	if _, err := os.Stat(cache); err == nil {
		t.Error("copies without need")
	}
	file := filepath.Join(share, "kb.msu")
	local := h.Path(file)
	if !strings.HasPrefix(local, cache) || filepath.Base(local) != "kb.msu" {
		t.Errorf("the copy is at %s", local)
	}
	want, err := h.Digest(ctx, "here.msu")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, local} {
		if got, err := h.Digest(ctx, name); err != nil || got != want {
			t.Errorf("digest of %s: %v, %v", name, got, err)
		}
	}
	folder := filepath.Join(share, "drivers")
	inner := h.Path(filepath.Join(folder, "nic", "nic.inf"))
	root := h.Path(folder)
	if data, err := os.ReadFile(filepath.Join(root, "nic", "nic.inf")); err != nil || string(data) != "inf" {
		t.Errorf("%q, %v", data, err)
	}
	if data, err := os.ReadFile(inner); err != nil || string(data) != "inf" {
		t.Errorf("%q, %v", data, err)
	}
	if got := h.Path(filepath.Join(folder, "nic")); got != filepath.Join(root, "nic") {
		t.Errorf("a folder in a folder that was copied is at %s", got)
	}
	if got, none := h.Path(filepath.Join(share, "none")), filepath.Join(share, "none"); got != none {
		t.Errorf("what is not there is at %s", got)
	}
	// The share may go away once all is here.
	if err := os.RemoveAll(share); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Digest(ctx, file); err != nil || got != want || h.Path(file) != local {
		t.Errorf("without the share: %v, %v", got, err)
	}
}

func TestModuleOnShare(t *testing.T) {
	share := t.TempDir()
	module := filepath.Join(share, "module")
	write(t, filepath.Join(module, "nic.inf"), "inf", time.Now())
	write(t, filepath.Join(module, "base.wim"), strings.Repeat("x", 2000), time.Now())
	h, cache := staged(t, module, share)
	if got := h.Path("."); got != module {
		t.Errorf("the module is at %s", got)
	}
	if got := h.Path("nic.inf"); !strings.HasPrefix(got, cache) {
		t.Errorf("a payload in the module is at %s", got)
	}
}

func TestStagingErrors(t *testing.T) {
	share := t.TempDir()
	big := filepath.Join(share, "big.msu")
	write(t, big, strings.Repeat("x", 1001), time.Now())
	h, _ := staged(t, t.TempDir(), share)
	if got := h.Path(big); got != big {
		t.Errorf("what can't be copied is at %s", got)
	}
	if _, err := h.Digest(t.Context(), big); !errors.Is(err, cache.ErrFull) {
		t.Errorf("the digest of what can't be copied: %v", err)
	}
	stop := make(chan struct{})
	close(stop)
	write(t, filepath.Join(share, "a"), "abc", time.Now())
	h = NewStaging(share, Staging{Dir: t.TempDir(), Limit: 1000, Stop: stop, Remote: func(string) bool { return true }})
	defer h.Close()
	if _, err := h.Digest(t.Context(), "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

func TestStagingAtOnce(t *testing.T) {
	share := t.TempDir()
	write(t, filepath.Join(share, "a"), "abc", time.Now())
	h, _ := staged(t, t.TempDir(), share)
	var wg sync.WaitGroup
	var mu sync.Mutex
	digests := map[providers.Digest]bool{}
	for range 8 {
		wg.Go(func() {
			d, err := h.Digest(t.Context(), filepath.Join(share, "a"))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			digests[d] = true
		})
	}
	wg.Wait()
	if len(digests) != 1 {
		t.Errorf("%v", digests)
	}
}
