package executor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gildhq/gild/executor/journal"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/durable"
)

// partial is the name of an output that is not finished: beside it, so that it can
// get its name in one move, and always the same, so that what a crash leaves is
// replaced. The lock on the output keeps others away from it.
func (r *run) partial() string {
	return filepath.Join(filepath.Dir(r.img.Output), "."+filepath.Base(r.img.Output)+".gild-partial")
}

// export writes the output under its temporary name. Stop ends it at once: the
// steps are sealed.
func (r *run) export(ctx context.Context) error {
	exporter, ok := image.As[image.Exporter](r.session)
	if !ok {
		return fmt.Errorf("the backend %q can't write an output", r.img.Backend)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-r.Stop:
			cancel(ErrInterrupted)
		case <-ctx.Done():
		}
	}()
	err := r.write(ctx, exporter)
	if err != nil && errors.Is(context.Cause(ctx), ErrInterrupted) {
		return fmt.Errorf("%w: all %d steps are done and kept, the output is not written", ErrInterrupted, r.sealed)
	}
	return err
}

func (r *run) write(ctx context.Context, exporter image.Exporter) error {
	began := time.Now()
	path := r.partial()
	if err := r.discard(); err != nil {
		return err
	}
	if err := durable.MkdirAll(filepath.Dir(path)); err != nil {
		return fmt.Errorf("make the folder of the output: %w", err)
	}
	if err := r.noteDurably(journal.Record{Type: journal.ExportStart, Path: path}); err != nil {
		return err
	}
	r.emit(Event{Type: ExportStart, Message: r.img.Output})
	err := exporter.Export(ctx, path, image.ExportOptions{
		Receipt: r.img.Receipt(r.plan.Gild).Encode(), Format: r.img.Export, Progress: r.progress(began), ChangesOnly: r.ChangesOnly,
	})
	if err == nil {
		r.result.Bytes, err = written(path)
	}
	if err != nil {
		return fmt.Errorf("write the output %s: %w", r.img.Output, err)
	}
	r.emit(Event{Type: ExportDone, Done: r.result.Bytes, Total: r.result.Bytes, Elapsed: time.Since(began), Message: r.img.Output})
	return nil
}

// progress passes on the progress of an export, a few times a second.
func (r *run) progress(began time.Time) func(done, total int64) {
	var last time.Time
	return func(done, total int64) {
		if now := time.Now(); done == total || now.Sub(last) >= 200*time.Millisecond {
			last = now
			r.emit(Event{Type: ExportProgress, Done: done, Total: total, Elapsed: now.Sub(began)})
		}
	}
}

// prove opens what was made afresh and reads every resource out of it.
func (r *run) prove(ctx context.Context, path string) error {
	r.emit(Event{Type: VerifyStart, Total: int64(len(r.img.Items)), Message: r.result.Path})
	s, err := r.backend.Open(ctx, image.Ref{Path: path}, image.OpenOptions{Log: r.Log})
	if err != nil {
		return fmt.Errorf("open what was written, to read it back: %w", err)
	}
	n, err := r.verify(ctx, s)
	if err == nil && r.img.Target == "" {
		err = r.verifyReceipt(ctx, s)
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	r.result.Verified = n
	r.emit(Event{Type: Verified, Done: int64(n), Total: int64(len(r.img.Items)), Message: r.leftOut()})
	return nil
}

func (r *run) verifyReceipt(ctx context.Context, s image.Session) error {
	info, err := s.Info(ctx)
	if err != nil {
		return fmt.Errorf("read back the receipt: %w", err)
	}
	if !bytes.Equal(info.Receipt, r.img.Receipt(r.plan.Gild).Encode()) {
		return fmt.Errorf("%w: the output's receipt is not the one that was written", ErrVerify)
	}
	if info.Seal != image.SealWhole {
		return fmt.Errorf("%w: the output's seal does not fit what was written", ErrVerify)
	}
	return nil
}
