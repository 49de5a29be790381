package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gildhq/gild/ground/tempdir"
)

const cleanupName = "cleanup"

// cleanup is the last check, which always runs: it unmounts what is still mounted in the
// folder of the run, and removes the folder.
func cleanup(temp *tempdir.Dir) check {
	return check{
		name: cleanupName, proves: "the checks leave nothing on the machine, and other images stay mounted",
		run: func(b *bench, ctx context.Context) error {
			ctx = context.WithoutCancel(ctx)
			var err error
			for _, s := range b.open {
				err = errors.Join(err, s.Close())
			}
			if released := b.dism.release(b.dir); released != nil {
				return errors.Join(err, released, temp.Abandon())
			}
			if removed := temp.Remove(); removed != nil {
				err = errors.Join(err, fmt.Errorf("remove the folder: %w", removed))
			}
			if b.dism == nil || b.machine.mountsBefore == nil {
				return err
			}
			after, asked := b.dism.mounts(ctx)
			for _, m := range b.machine.mountsBefore {
				if asked == nil && !contains(after, m.dir) {
					b.note("the image that others had mounted in %s is no longer mounted", m.dir)
				}
			}
			return errors.Join(err, asked)
		},
	}
}

func contains(list []mount, dir string) bool {
	for _, m := range list {
		if fold(m.dir) == fold(dir) {
			return true
		}
	}
	return false
}

// releasePause is the pause before the next attempt if another program, such as an antivirus,
// has files open.
const releasePause = 2 * time.Second

var pause = releasePause // tests do not wait

// release unloads the hives and unmounts the images in a folder of a run. It discards
// uncommitted changes, and leaves images elsewhere alone.
func (p *program) release(dir string) error {
	if p == nil {
		return nil
	}
	ctx := context.Background()
	p.disarm()
	p.atOnce = ctx
	dir, err := real(dir)
	if err == nil {
		err = p.unload(dir)
	}
	if err != nil {
		return err
	}
	const attempts = 5
	for n := 1; ; n++ {
		list, err := p.mounts(ctx)
		if err != nil {
			return err
		}
		left := below(dir, list)
		if len(left) == 0 {
			return nil
		}
		for _, m := range left {
			_, failed := p.ask(ctx, "/Unmount-Image", "/MountDir:"+m.dir, "/Discard")
			if failed != nil && m.status != "Ok" {
				_, _ = p.ask(ctx, "/Remount-Image", "/MountDir:"+m.dir)
				_, failed = p.ask(ctx, "/Unmount-Image", "/MountDir:"+m.dir, "/Discard")
			}
			err = errors.Join(err, failed)
		}
		switch {
		case err == nil:
		case n == attempts:
			return fmt.Errorf("%w\nAn image is still mounted in %s: unmount it with dism /Unmount-Image /MountDir:FOLDER /Discard, and remove the folder %s", err, left[0].dir, dir)
		default:
			time.Sleep(pause)
		}
	}
}
