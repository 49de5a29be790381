package dism

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
)

// Examine opens an image so that DISM can examine it. It mounts a copy of the image in
// the folder dir, read-only, and removes it when the session is closed; logs stay. A
// folder with an image is examined in place. The session is an [image.Servicer] with
// [image.SystemFiles], and can't be committed.
func (b Backend) Examine(ctx context.Context, ref image.Ref, dir string, log hclog.Logger) (image.Session, error) {
	if log == nil {
		log = hclog.NewNullLogger()
	}
	opts := image.OpenOptions{Log: log}
	runner, err := b.runner(dir, image.OpenOptions{Log: log})
	if err != nil {
		return nil, err
	}
	x := &examined{folder: &folder{runner: runner, ref: ref, opts: opts}}
	st, err := os.Stat(ref.Path)
	if err == nil && !st.IsDir() {
		err = x.mount(ctx, dir)
	}
	if err == nil {
		err = x.reopen(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

// examined is an image that DISM examines.
type examined struct {
	*folder
	work    working // if the image is in a WIM file
	mounted bool
}

var _ interface {
	image.Session
	image.Servicer
	image.SystemFiles
} = (*examined)(nil)

// mount mounts a copy of the image, which is then examined.
func (x *examined) mount(ctx context.Context, dir string) error {
	source, err := offline.Backend{}.Open(ctx, x.ref, image.OpenOptions{Log: x.opts.Log})
	if err != nil {
		return err
	}
	info, err := source.Info(ctx)
	if err = errors.Join(err, source.Close()); err != nil {
		return err
	}
	work := workingIn(dir)
	x.work = work
	if err := work.begin(ctx, x.ref.Path, info.Index); err != nil {
		return err
	}
	if err := durable.MkdirAll(work.mount); err != nil {
		return err
	}
	if _, err := x.runner.run(ctx, "/Mount-Image", "/ImageFile:"+work.file, "/Index:1", "/MountDir:"+work.mount, "/ReadOnly", "/Optimize"); err != nil {
		return fmt.Errorf("mount a copy of the image: %w", err)
	}
	x.mounted, x.ref = true, image.Ref{Path: work.mount}
	return nil
}

// Unmounted returns an error if an image is mounted in the folder of [Backend.Examine].
func Unmounted(dir string) error { return unmounted(workingIn(dir).file) }

// Unmount unmounts an image that an interrupted run left mounted in the folder of
// [Backend.Examine].
func (b Backend) Unmount(ctx context.Context, dir string, log hclog.Logger) error {
	if Unmounted(dir) == nil {
		return nil
	}
	runner, err := b.runner(dir, image.OpenOptions{Log: log})
	if err == nil {
		err = runner.unmount(ctx, workingIn(dir).mount)
	}
	return err
}

// Close implements [image.Session]: it unmounts and removes the copy.
func (x *examined) Close() error {
	var err error
	if x.Session != nil {
		err = x.Session.Close()
	}
	if x.mounted {
		x.mounted = false
		if failed := x.runner.unmount(context.Background(), x.work.mount); failed != nil {
			return errors.Join(err, fmt.Errorf("unmount the copy of the image: %w", failed))
		}
	}
	if x.work.file == "" {
		return err
	}
	return errors.Join(err, os.RemoveAll(x.work.mount), os.RemoveAll(x.work.file))
}
