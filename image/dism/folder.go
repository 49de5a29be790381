package dism

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
)

// folder is a mounted or applied image that DISM services where it is. Its files
// and registry are open only while DISM is not at work: what was changed in the
// registry is written before, and read anew afterwards.
type folder struct {
	image.Session // of the offline backend; nil while DISM is at work
	runner        *runner
	ref           image.Ref
	opts          image.OpenOptions
}

var _ image.Servicer = (*folder)(nil)

func (b Backend) openFolder(ctx context.Context, ref image.Ref, opts image.OpenOptions) (*folder, error) {
	dir := opts.Store
	if dir == "" {
		return nil, errors.New("dism: opened for writing without a folder for logs")
	}
	r, err := newRunnerWith(b.Program, filepath.Join(dir, "dism"), opts)
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

// Unwrap gives the capabilities of the offline backend.
func (f *folder) Unwrap() image.Session { return f.Session }

// Dism implements [image.Servicer].
func (f *folder) Dism(ctx context.Context, args ...string) (*transcript.Transcript, error) {
	if err := f.letGo(ctx); err != nil {
		return nil, err
	}
	t, err := f.runner.run(ctx, append([]string{"/Image:" + f.ref.Path}, args...)...)
	return t, errors.Join(err, f.reopen(context.WithoutCancel(ctx)))
}

// letGo writes what was changed and closes files and registry.
func (f *folder) letGo(ctx context.Context) error {
	if f.opts.Write {
		if err := f.Session.Commit(ctx, ""); err != nil {
			return err
		}
	}
	return f.Session.Close()
}
