package offline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/durable"
)

// Export implements [image.Exporter]. Compression, chunk size, integrity table
// and bootability are those of the source; the file's GUID follows from its
// content. What was compressed anew is read back.
func (s *session) Export(ctx context.Context, path string, opts image.ExportOptions) error {
	if s.closed {
		return fmt.Errorf("export: %w", fs.ErrClosed)
	}
	if s.write {
		if err := s.Flush(); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	err = s.export(ctx, f, opts)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = s.readBack(ctx, path, opts.ChangesOnly)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("export to %s: %w", path, err), os.Remove(path))
	}
	return durable.SyncDir(filepath.Dir(path))
}

// readBack compares what was written with its digests.
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
		return fmt.Errorf("%s is damaged: what is copied from it does not match its digests: %w", s.source.file.Name(), err)
	}
	return nil
}

func (s *session) export(ctx context.Context, w io.WriteSeeker, opts image.ExportOptions) error {
	file, img := s.source.file, s.source.image
	head := file.Header()
	build := wim.Options{
		Compression: head.Compression,
		ChunkSize:   head.ChunkSize,
		Integrity:   file.HasIntegrityTable(),
		RPFix:       head.Flags&wim.FlagRPFix != 0,
		XML:         file.XML(),
		Progress:    opts.Progress,
	}
	if head.BootIndex == s.source.index {
		build.BootIndex = 1
	}
	b, err := wim.NewBuilder(build)
	if err != nil {
		return err
	}
	info := img.Info
	info.XML = info.XML.Clone()
	setReceipt(info.XML, opts.Receipt)
	if !s.clock.IsZero() {
		info.Modified = s.clock
	}
	if err := b.AddImage(s.root(), info, file); err != nil {
		return err
	}
	return b.Write(ctx, w)
}
