package dism

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/store"
	"github.com/gildhq/gild/image/dism/fault"
)

// staleError is the error of a mount that an interrupted run of gild left, and that
// DISM can't unmount.
type staleError struct {
	folder string
	others []string // folders of other invalid mounts
	cause  error
}

func (e *staleError) Error() string {
	also := ""
	if len(e.others) > 0 {
		also = ", now also " + strings.Join(e.others, ", ")
	}
	return fmt.Sprintf("an earlier run has left %s mounted, and it can't be unmounted. dism /Cleanup-Mountpoints discards it, "+
		"but also every other mounted image of this machine that is not valid any more%s: run it yourself, "+
		"or allow gild to run it with cleanup_mountpoints = true in the block dism: %v", e.folder, also, e.cause)
}

func (e *staleError) Unwrap() error { return e.cause }

// enter locks the working image for this session, with nothing mounted.
func (s *session) enter(ctx context.Context, b Backend) error {
	if err := enter(s.opts.Store, filepath.Base(s.work.dir)); err != nil {
		return err
	}
	r, err := b.runner(s.work.dir, s.opts)
	if err != nil {
		return err
	}
	s.folder = &folder{runner: r, opts: s.opts}
	s.ref.Path = s.work.mount
	if s.lock, err = s.work.claim(ctx); err != nil {
		return err
	}
	return s.clear(ctx)
}

// moveOn replaces a working image with a stale mount by another one: a copy of it, if
// it can be read.
func (s *session) moveOn(ctx context.Context, b Backend, stale *staleError) error {
	s.Warn(stale.Error() + "\nUntil then gild continues in another folder.")
	old, lock := s.work, s.lock
	s.work = old.next()
	err := s.enter(ctx, b)
	if err == nil {
		if failed := durable.Copy(ctx, old.file, s.work.file); failed != nil {
			s.runner.log.Warn("the commits in the working image can't be used", "error", failed)
			err = ctx.Err()
		}
	}
	return errors.Join(err, lock.Close())
}

// clear unmounts what an interrupted run left mounted in our folder. It leaves mounts
// of others alone: /Cleanup-Mountpoints, which is for the whole machine, needs the
// user's consent.
func (s *session) clear(ctx context.Context) error {
	err := s.release(ctx)
	if _, stale := errors.AsType[*staleError](err); stale && s.opts.CleanupMountpoints {
		s.runner.log.Warn("discarding all invalid mounts of this machine", "folder", s.work.mount)
		if _, failed := s.runner.run(ctx, "/Cleanup-Mountpoints"); failed != nil {
			return errors.Join(err, failed)
		}
		err = s.release(ctx)
	}
	return err
}

// release unmounts our folder if it is mounted, and empties it.
func (s *session) release(ctx context.Context) error {
	list, err := s.mountList(ctx)
	if err != nil {
		return err
	}
	if at := mountedIn(list, s.work); at != nil {
		if err := s.idle(ctx); err != nil {
			return err
		}
		s.runner.log.Warn("unmounting what an earlier run left", "folder", s.work.mount, "status", at.Get("Status"))
		cause := s.giveUp(ctx, at.Get("Status"))
		if failed, ok := errors.AsType[*Error](cause); cause != nil && (!ok || failed.Class == fault.Retry) {
			return cause
		}
		if list, err = s.mountList(ctx); err != nil {
			return err
		}
		if mountedIn(list, s.work) != nil {
			return s.stale(list, cmp.Or(cause, errListed))
		}
	}
	if err := emptied(s.work.mount); errors.Is(err, errHeld) {
		return s.stale(list, err)
	} else if err != nil {
		return err
	}
	if err := s.removeEarlier(list); err != nil {
		s.runner.log.Warn("earlier working images could not be removed", "error", err)
	}
	return ctx.Err()
}

// atWork is DISM's code for an image on which another DISM is at work.
const atWork = 0xc15101fd

// idle waits until no DISM works on the image mounted in our folder. The DISM of a killed
// run continues to the end of its command, which may take long.
func (s *session) idle(ctx context.Context) error {
	for said := false; ; said = true {
		_, err := s.runner.once(ctx, []string{"/Image:" + s.work.mount, "/Get-CurrentEdition"})
		failed, ok := errors.AsType[*Error](err)
		if !ok || failed.Code != atWork {
			return ctx.Err()
		}
		if !said {
			s.Warn("a DISM that an earlier run started is still at work in " + s.work.mount +
				": waiting until it has ended. If it hangs, end dism.exe and DismHost.exe in the task manager")
		}
		if s.runner.retry.Stopped() {
			return err
		}
		if err := s.runner.pause(ctx); err != nil {
			return err
		}
	}
}

// mountedIn returns the record of the image mounted in a run's folder; nil if there is none.
func mountedIn(list []transcript.Record, w working) transcript.Record {
	i := slices.IndexFunc(list, func(m transcript.Record) bool { return sameFolder(m.Get("Mount Dir"), w.mount) })
	if i < 0 {
		return nil
	}
	return list[i]
}

func (s *session) stale(list []transcript.Record, cause error) error {
	e := &staleError{folder: s.work.mount, cause: cause}
	for _, m := range list {
		if dir := m.Get("Mount Dir"); m.Get("Status") == "Invalid" && !sameFolder(dir, s.work.mount) {
			e.others = append(e.others, dir)
		}
	}
	return e
}

// giveUp unmounts what an earlier run left. If an interrupted commit changed the image,
// the mount "needs a remount": it can be unmounted directly, or after a remount.
func (s *session) giveUp(ctx context.Context, status string) error {
	err := s.unmount(ctx)
	if err != nil && status == "Needs Remount" {
		if _, err = s.runner.run(ctx, "/Remount-Image", "/MountDir:"+s.work.mount); err == nil {
			err = s.unmount(ctx)
		}
	}
	s.out = false
	return err
}

// removeEarlier removes the folders of earlier working images that this one replaced, if
// nothing is mounted there any more.
func (s *session) removeEarlier(list []transcript.Record) error {
	key, n := generation(filepath.Base(s.work.dir))
	dir := filepath.Dir(s.work.dir)
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		w := workingIn(filepath.Join(dir, e.Name()))
		if k, m := generation(e.Name()); k != key || m >= n || mountedIn(list, w) != nil {
			continue
		}
		failed := emptied(w.mount)
		if errors.Is(failed, errHeld) {
			continue
		}
		err = errors.Join(err, failed)
		if failed == nil {
			err = errors.Join(err, remove(dir, e.Name()))
		}
	}
	return err
}

func remove(dir, name string) error {
	folder, err := store.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.RemoveAll(name), folder.Close())
}

// errListed: DISM still lists an unmounted image.
var errListed = errors.New("DISM still lists it after unmounting it")

// errHeld: a folder contains files of an image that is mounted there.
var errHeld = errors.New("it contains files of a mounted image")

// emptied empties a mount folder in the store in which nothing is mounted: leftovers
// there came from the image. Files that still belong to a mounted WIM file stay, since
// the record of the mount may be missing.
func emptied(dir string) error {
	if err := free(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	folder, err := store.Open(filepath.Dir(dir), filepath.Base(dir))
	if err != nil {
		return err
	}
	found, err := fs.ReadDir(folder.FS(), ".")
	for _, e := range found {
		err = errors.Join(err, folder.RemoveAll(e.Name()))
	}
	return errors.Join(err, folder.Close())
}

// tagWIM is the reparse tag of unchanged files in a mounted image: IO_REPARSE_TAG_WIM
// ([MS-FSCC] §2.1.2.1).
const tagWIM = 0x80000008

// cantAccess is ERROR_CANT_ACCESS_FILE: the driver that provides the content is missing.
const cantAccess = syscall.Errno(1920)

// free returns an error if a folder contains a file of a mounted image. It opens no
// file: that would need the mount driver.
func free(dir string) error {
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, cantAccess) {
			return fmt.Errorf("%w: %w", errHeld, err)
		}
		if err != nil || !e.IsDir() {
			return err
		}
		tags, err := regular.Tags(name)
		for in, tag := range tags {
			if tag == tagWIM && in != "." && in != ".." {
				return fmt.Errorf("%w: %s", errHeld, filepath.Join(name, in))
			}
		}
		return err
	})
}
