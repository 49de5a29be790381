package dism

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/ground/durable"
)

// MaxMounts is how many images may be mounted on a machine at once ("DISM Best
// Practices", "Mounting more than 20 images").
const MaxMounts = 20

// lockName is a file in the folder of a working image that a session holds locked as
// long as it is open: a mounted working image whose lock is free was left by a run
// that was cut off.
const lockName = "session.lock"

// claim locks the working image for a session. Others may check the lock for a moment,
// so it tries for longer than that.
func (w working) claim(ctx context.Context) (*flock.Flock, error) {
	if err := durable.MkdirAll(w.dir); err != nil {
		return nil, err
	}
	l := flock.New(filepath.Join(w.dir, lockName))
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, err := l.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = errors.New("another run has it open; wait until it is done")
		}
		return nil, fmt.Errorf("working image %s: %w", w.dir, err)
	}
	return l, nil
}

// mountList asks DISM for what is mounted on this machine.
func (s *session) mountList(ctx context.Context) ([]transcript.Record, error) {
	t, err := s.runner.run(ctx, "/Get-MountedImageInfo")
	if err != nil {
		return nil, err
	}
	return t.With("Mount Dir"), nil
}

// turn waits until one more image may be mounted, and returns a function that ends
// the turn. It waits as long as images of sessions in the same store are among those
// mounted, since one of them will be unmounted; otherwise too many mounts are an
// error.
func (s *session) turn(ctx context.Context) (done func(), err error) {
	l := flock.New(filepath.Join(filepath.Dir(s.work.dir), "mounting.lock"))
	if _, err := l.TryLockContext(ctx, again/10); err != nil {
		return nil, fmt.Errorf("wait for a turn to mount: %w", err)
	}
	said, alone := false, false
	for {
		list, err := s.mountList(ctx)
		if err == nil && len(list) < MaxMounts {
			return func() { _ = l.Close() }, nil
		}
		ours := 0
		for _, m := range list {
			if err == nil && s.sibling(m.Get("Mount Dir")) {
				ours++
			}
		}
		if err == nil && ours == 0 && !alone {
			alone = true // one of ours may have been unmounted since the list was made: look again
			continue
		}
		alone = false
		if err == nil && (ours == 0 || s.runner.retry.Stopped()) {
			err = fmt.Errorf("%d images are mounted on this machine, and more than %d must not be; "+
				"make fewer at once, or unmount those that are not in use: dism /Get-MountedImageInfo lists them, "+
				"dism /Unmount-Image /MountDir:FOLDER /Discard unmounts one", len(list), MaxMounts)
		}
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		if !said {
			said = true
			s.Warn(fmt.Sprintf("%d images are mounted on this machine, and more than %d must not be: waiting until one of the %d that gild services here is done", len(list), MaxMounts, ours))
		}
		if err := s.runner.pause(ctx); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
}

// again is the pause before something that others may change is checked again.
const again = time.Second

// pause waits for that, unless the user interrupts; its error is that of the context.
func (r *runner) pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-r.retry.Stop:
	case <-time.After(min(again, max(r.retry.Backoff, again/100))):
	}
	return nil
}

// sibling tells whether the working image of another open session in the same store is
// mounted in a folder.
func (s *session) sibling(mount string) bool {
	dir := filepath.Dir(mount)
	if sameFolder(dir, s.work.dir) || !sameFolder(filepath.Dir(dir), filepath.Dir(s.work.dir)) {
		return false
	}
	l := flock.New(filepath.Join(dir, lockName), flock.SetFlag(os.O_RDONLY)) // none is made
	free, err := l.TryLock()
	_ = l.Close()
	return err == nil && !free
}

// sameFolder tells whether two paths lead to one folder. DISM may have been given another
// spelling than ours: a short name (8.3), a drive made by subst, a path through a
// junction. Two that can't be looked at, as where what is mounted has lost its driver, are
// one if they are spelled alike.
func sameFolder(a, b string) bool {
	fullA, errA := filepath.Abs(a)
	fullB, errB := filepath.Abs(b)
	if errA == nil && errB == nil && strings.EqualFold(fullA, fullB) {
		return true
	}
	x, errX := look(a)
	y, errY := look(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// Within tells whether a path leads to something below a folder, however both are spelled.
func Within(folder, path string) bool {
	for {
		above := filepath.Dir(path)
		if above == path {
			return false
		}
		if path = above; sameFolder(path, folder) {
			return true
		}
	}
}

// look looks at a folder, and not through it if what is mounted there has lost its driver.
func look(path string) (os.FileInfo, error) {
	if info, err := os.Stat(path); err == nil {
		return info, nil
	}
	return os.Lstat(path)
}
