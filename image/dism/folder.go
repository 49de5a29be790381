package dism

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism/fault"
	"github.com/gildhq/gild/image/offline"
)

// folder is a mounted or applied image that DISM services in place. Its files and
// registry are closed while DISM works: changes to the registry are written before,
// and read again afterwards.
type folder struct {
	image.Session // of the backend offline; nil while DISM is at work
	runner        *runner
	ref           image.Ref
	opts          image.OpenOptions
	spoiled       error // the error of DISM that spoiled the image
}

var _ image.Servicer = (*folder)(nil)

func (b Backend) openFolder(ctx context.Context, ref image.Ref, opts image.OpenOptions) (*folder, error) {
	dir := opts.Store
	if dir == "" {
		return nil, errors.New("dism: opened for writing without a folder for logs")
	}
	if err := absolute(&ref.Path); err != nil {
		return nil, err
	}
	if err := enter(dir, keyOf(ref.Path)); err != nil {
		return nil, err
	}
	r, err := b.runner(filepath.Join(dir, "dism", keyOf(ref.Path)), opts)
	if err != nil {
		return nil, err
	}
	f := &folder{runner: r, ref: ref, opts: opts}
	return f, f.reopen(ctx)
}

// reopen opens files and registry.
func (f *folder) reopen(ctx context.Context) error {
	opts := f.opts
	opts.Store, opts.Chain = "", nil
	s, err := offline.Backend{}.Open(ctx, f.ref, opts)
	if err == nil {
		f.Session = s
	}
	return err
}

// Unwrap returns the session of the backend offline, for its capabilities.
func (f *folder) Unwrap() image.Session { return f.Session }

// Dism implements [image.Servicer].
func (f *folder) Dism(ctx context.Context, args ...string) (*transcript.Transcript, error) {
	if err := errors.Join(f.usable(), ctx.Err()); err != nil {
		return nil, err
	}
	if err := f.letGo(ctx); err != nil {
		return nil, err
	}
	t, err := f.service(ctx, append([]string{"/Image:" + f.ref.Path}, args...))
	err = f.runner.whoHolds(f.ref.Path, err)
	opened := f.reopen(context.WithoutCancel(ctx))
	if f.spoiled = spoiled(err); f.spoiled != nil {
		return t, err // DISM's error explains why it can't be opened
	}
	return t, errors.Join(err, opened)
}

// service runs a command. If it failed because DISM's session had become unusable, it
// runs once more in a new session, as each run of dism.exe is; if that fails in the
// same way, the image counts as spoiled. A servicing stack from an update also takes
// effect only in the next session; after several packages the caller repeats those
// that failed.
func (f *folder) service(ctx context.Context, args []string) (*transcript.Transcript, error) {
	t, err := f.runner.run(ctx, args...)
	var failed *Error
	if !errors.As(err, &failed) || failed.Class != fault.Reopen && (failed.Class != fault.Again || len(t.Items) > 1) {
		return t, err
	}
	f.runner.log.Warn("running the command again in a new session", "error", failed.Fault)
	if loaded := f.runner.unloadHives(f.ref.Path, dismKey); loaded != nil {
		return t, errors.Join(err, loaded)
	}
	if failed.Code == needsRemount {
		if _, err := f.runner.run(ctx, "/Remount-Image", "/MountDir:"+f.ref.Path); err != nil {
			return t, err
		}
	}
	t, err = f.runner.run(ctx, args...)
	if errors.As(err, &failed) && failed.Class == fault.Reopen {
		err = fmt.Errorf("%w\nThis happened twice: %w", err, image.ErrSpoiled)
	}
	return t, err
}

// needsRemount is DISM's code for a mounted image that needs a remount.
const needsRemount = 0xc1510114

// Commit implements [image.Session] for an image that is serviced in place.
func (f *folder) Commit(ctx context.Context, id string) error {
	if err := f.usable(); err != nil {
		return err
	}
	return f.Session.Commit(ctx, id)
}

// letGo writes the changes and closes files and registry, so that DISM can work.
func (f *folder) letGo(ctx context.Context) error {
	if f.opts.Write {
		if err := f.Session.Commit(ctx, ""); err != nil {
			return err
		}
	}
	return f.Session.Close()
}
