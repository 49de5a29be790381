package offline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/ground/volume"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/firstboot"
	"github.com/gildhq/gild/image/hives"
)

// folder is an open image in a folder.
type folder struct {
	*dir
	*hives.Registry
	*firstboot.Queue
}

var _ interface {
	image.Session
	image.Files
	image.Registry
	image.FirstBoot
} = (*folder)(nil)

// openFolder opens a mounted or applied image for changes in place. Changes to files are durable at
// once and are not undone by Close; changes to the registry and the queue of the first boot are
// made by Commit, or not at all. There are no checkpoints: At is always empty, and so are the
// fingerprint and the counts in Info.
func openFolder(ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	if ref.Name != "" || ref.Index > 1 {
		return nil, fmt.Errorf("%s: is a folder with only one image; leave out index and name", ref.Path)
	}
	if opts.Write {
		privilege.Enable(opts.Warn)
	}
	root, err := os.OpenRoot(ref.Path)
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	f := &folder{dir: &dir{clock: opts.Clock, replacer: replacer{root: root, write: opts.Write, log: opts.Log, kept: map[string]string{}}}}
	if f.log == nil {
		f.log = hclog.NewNullLogger()
	}
	if err = f.dir.unlinked(); err == nil {
		err = f.dir.putBack()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", ref.Path, err), root.Close())
	}
	if info, err := f.dir.Stat("Windows/System32/config"); err != nil || !info.IsDir() {
		return nil, errors.Join(fmt.Errorf("%s: there is no Windows in this folder; use the folder that contains the folder Windows of a mounted or applied image", ref.Path), root.Close())
	}
	f.Registry, f.Queue = openHives(f.dir, &f.memo, opts), openQueue(f.dir, &f.memo, opts)
	return f, nil
}

// Info implements [image.Session].
func (f *folder) Info(ctx context.Context) (image.Info, error) {
	if err := ctx.Err(); err != nil {
		return image.Info{}, err
	}
	var info image.Info
	askRegistry(&info, f.Registry)
	info.Warnings = append(info.Warnings, f.Warnings()...)
	if v, err := volume.Of(f.root.Name()); err == nil && v.Type == wimlibMount {
		info.Warnings = append(info.Warnings, "the folder is a WIM file that wimlib-imagex has mounted: changes reach the file with wimlib-imagex unmount --commit, and are lost otherwise")
	}
	return info, nil
}

// wimlibMount is the type of the file system of a WIM file that wimlib has mounted.
const wimlibMount = "fuse.wimfs"

// At implements [image.Session].
func (f *folder) At() string { return "" }

// Commit implements [image.Session]: it writes the changed hives, and the queue.
func (f *folder) Commit(ctx context.Context, _ string) error {
	switch {
	case !f.write:
		return fmt.Errorf("commit: %w", image.ErrReadOnly)
	case f.closed:
		return fmt.Errorf("commit: %w", fs.ErrClosed)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return errors.Join(f.Registry.Flush(), f.Queue.Flush())
}

// Close implements [image.Session].
func (f *folder) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	return f.root.Close()
}
