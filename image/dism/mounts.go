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

// lockName is a file in the folder of a working image that an open session holds
// locked: an interrupted run has left a mounted working image whose lock is free.
const lockName = "session.lock"

// claim locks the working image for a session. Others may hold the lock for a moment to
// check it, so claim retries for longer than that.
func (w working) claim(ctx context.Context) (*flock.Flock, error) {
	if err := durable.MkdirAll(w.dir); err != nil {
		return nil, err
	}
	l := flock.New(filepath.Join(w.dir, lockName))
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, err := l.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = errors.New("another run has it open; wait until that run has ended")
		}
		return nil, fmt.Errorf("working image %s: %w", w.dir, err)
	}
	return l, nil
}

// mountList returns DISM's list of mounted images on this machine.
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
			alone = true // one of ours may have been unmounted since the list was made: check again
			continue
		}
		alone = false
		if err == nil && (ours == 0 || s.runner.retry.Stopped()) {
			err = fmt.Errorf("%d images are mounted on this machine, and more than %d must not be; "+
				"make fewer images at the same time, or unmount those that are not in use: dism /Get-MountedImageInfo lists them, "+
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

// again is the pause between two checks of something that others may change.
const again = time.Second

// pause waits that long; its error is that of the context, if the user interrupts.
func (r *runner) pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-r.retry.Stop:
	case <-time.After(min(again, max(r.retry.Backoff, again/100))):
	}
	return nil
}

// sibling reports whether the working image of another open session in the same store is
// mounted in a folder.
func (s *session) sibling(mount string) bool {
	dir := filepath.Dir(mount)
	if sameFolder(dir, s.work.dir) || !sameFolder(filepath.Dir(dir), filepath.Dir(s.work.dir)) {
		return false
	}
	l := flock.New(filepath.Join(dir, lockName), flock.SetFlag(os.O_RDONLY)) // without creating the file
	free, err := l.TryLock()
	_ = l.Close()
	return err == nil && !free
}

// sameFolder reports whether two paths lead to the same folder. DISM may have another
// spelling than ours: a short name (8.3), a drive made by subst, a path through a junction.
// If the folders can't be opened, as when a mount has lost its driver, the spelling
// decides.
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

// Within reports whether a path leads to something below a folder, whatever the spellings.
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

// look returns the information about a folder, or about the folder itself if the mount
// there has lost its driver.
func look(path string) (os.FileInfo, error) {
	if info, err := os.Stat(path); err == nil {
		return info, nil
	}
	return os.Lstat(path)
}
