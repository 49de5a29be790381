package offline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/fileaccess"
)

// Export implements [image.Exporter]. Zero fields of the format, and whether the image
// is bootable, are as in the source; the file's GUID is computed from its content. The
// files have their final access rights before anything is written into them.
func (s *session) Export(ctx context.Context, path string, opts image.ExportOptions) error {
	if s.closed {
		return fmt.Errorf("export: %w", fs.ErrClosed)
	}
	if s.write {
		if err := s.flush(); err != nil {
			return err
		}
	}
	rule, err := s.access.rule()
	if err != nil {
		return err
	}
	out := &outputs{path: path, mode: 0o666}
	if rule.Listed() {
		out.mode = 0o600
	}
	err = s.export(ctx, out, rule, opts)
	if err = errors.Join(err, out.finish(err == nil, rule)); err == nil {
		err = s.readBack(ctx, path, opts.ChangesOnly)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("export to %s: %w", path, err), out.remove())
	}
	return durable.SyncDir(filepath.Dir(path))
}

// readBack compares the written content with its digests.
func (s *session) readBack(ctx context.Context, path string, changesOnly bool) error {
	written, err := wim.Open(path)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	defer written.Close()
	if err := written.VerifyBeyond(ctx, s.source.file); err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if changesOnly {
		return nil
	}
	if err := written.Verify(ctx); err != nil {
		return fmt.Errorf("%s is damaged: content copied from it does not match its digests: %w", s.source.file.Name(), err)
	}
	return nil
}

func (s *session) export(ctx context.Context, out *outputs, rule image.AccessRule, opts image.ExportOptions) error {
	build, err := s.options(opts)
	if err != nil {
		return err
	}
	build.Describe = seal(shape(build.Compression, cmp.Or(build.ChunkSize, wim.DefaultChunkSize), build.BootIndex, build.Integrity))
	b, err := wim.NewBuilder(build)
	if err != nil {
		return err
	}
	info := s.source.image.Info
	info.XML = info.XML.Clone()
	setReceipt(info.XML, opts.Receipt)
	if err := putAccess(info.XML, rule); err != nil {
		return err
	}
	if !s.clock.IsZero() {
		info.Modified = s.clock
	}
	if err := b.AddImage(s.root(), info, s.source.file); err != nil {
		return err
	}
	return b.WriteParts(ctx, opts.Format.SplitSize, out.create)
}

// options returns how the file is written: as the format says, otherwise like the
// source.
func (s *session) options(opts image.ExportOptions) (wim.Options, error) {
	file := s.source.file
	head := file.Header()
	build := wim.Options{
		Compression: head.Compression,
		Integrity:   file.HasIntegrityTable(),
		RPFix:       head.Flags&wim.FlagRPFix != 0,
		XML:         file.XML(),
		Progress:    opts.Progress,
	}
	switch opts.Format.Compression {
	case "":
	case image.CompressMax:
		build.Compression = wim.LZX
	case image.CompressFast:
		build.Compression = wim.XPRESS
	case image.CompressNone:
		build.Compression = wim.None
	default:
		return build, fmt.Errorf("compression %q is not known", opts.Format.Compression)
	}
	if build.Compression == head.Compression {
		build.ChunkSize = head.ChunkSize
	}
	if opts.Format.ChunkSize > 0 {
		build.ChunkSize = opts.Format.ChunkSize
	}
	if opts.Format.Integrity != nil {
		build.Integrity = *opts.Format.Integrity
	}
	if head.BootIndex == s.source.index {
		build.BootIndex = 1
	}
	return build, nil
}

// outputs are the files of an export.
type outputs struct {
	path  string // of the first file
	mode  fs.FileMode
	files []*os.File
}

func (o *outputs) create() (wim.PartWriter, error) {
	f, err := os.OpenFile(wim.PartName(o.path, len(o.files)+1), os.O_RDWR|os.O_CREATE|os.O_EXCL, o.mode)
	if err != nil {
		return nil, err
	}
	o.files = append(o.files, f)
	return f, nil
}

// finish closes the files. If they are complete it syncs them and sets their
// rights.
func (o *outputs) finish(whole bool, rule image.AccessRule) error {
	var err error
	for _, f := range o.files {
		if whole {
			err = errors.Join(err, f.Sync())
		}
		err = errors.Join(err, f.Close())
		if whole && err == nil && !rule.IsZero() {
			err = fileaccess.Set(f.Name(), rule)
		}
	}
	return err
}

// remove removes the files, the last one first.
func (o *outputs) remove() error {
	var err error
	for _, f := range slices.Backward(o.files) {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
