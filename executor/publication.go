package executor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gildhq/gild/executor/output"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
)

// publication writes an output, verifies it and gives it its name. A target is only verified.
type publication struct {
	*run
	out output.Output
}

// checkFresh checks that source and output are still as they were when the plan was made;
// otherwise the error is [ErrStale]. finished means that there is nothing to do: the plan says
// so, or another run has carried the plan out in the meantime.
func (p *publication) checkFresh(ctx context.Context) (finished bool, err error) {
	if p.img.Target != "" {
		return p.img.UpToDate, p.checkTarget(ctx)
	}
	return p.checkOutput(ctx)
}

// checkTarget is checkFresh for a folder. It reads the folder before anything opens it for
// writing, since that may change it.
func (p *publication) checkTarget(ctx context.Context) error {
	target, err := p.openSource(ctx, image.OpenOptions{})
	if err != nil {
		return err
	}
	defer target.Close()
	have, err := p.readAll(ctx, target, p.img.Items)
	if err == nil && planner.FoundTarget(p.img.Items, have) != p.img.Found {
		err = fmt.Errorf("%w: %s has changed since the plan was made; make a new plan", ErrStale, p.img.Target)
	}
	return err
}

// checkSource checks the source of an image that is up to date. For any other image, opening the
// source to make the image checks it.
func (p *publication) checkSource(ctx context.Context) error {
	source, err := p.openSource(ctx, image.OpenOptions{})
	if err != nil {
		return err
	}
	return source.Close()
}

// checkOutput is checkFresh for an output.
func (p *publication) checkOutput(ctx context.Context) (finished bool, err error) {
	left := p.out.Left(p.past.Publishing(p.img.Output), p.backend)
	if _, err := os.Stat(p.img.Output); errors.Is(err, fs.ErrNotExist) {
		if p.img.Found != planner.NotThere {
			return false, fmt.Errorf("%w: the output %s existed when the plan was made and is gone; make a new plan", ErrStale, p.img.Output)
		}
		p.out.Known = left
		if p.img.Export.SplitSize > 0 {
			return false, p.out.CheckForeign(2)
		}
		return false, nil
	}
	s, err := p.backend.Open(ctx, image.Ref{Path: p.img.Output, Index: 1}, image.OpenOptions{Log: p.Log})
	if err != nil {
		return false, fmt.Errorf("open the existing output: %w", err)
	}
	defer s.Close()
	info, err := s.Info(ctx)
	switch {
	case err != nil:
		return false, fmt.Errorf("read the existing output: %w", err)
	case planner.FoundOutput(info) == p.img.Found:
		p.out.Known = max(info.Parts, left)
		if p.img.UpToDate {
			err = p.checkSource(ctx)
		}
		return p.img.UpToDate, err
	case !p.isDone(ctx, s, info):
		return false, fmt.Errorf("%w: the output %s has changed since the plan was made; make a new plan", ErrStale, p.img.Output)
	}
	if err := p.checkSource(ctx); err != nil {
		return false, err
	}
	if p.out.Known = left; left > 0 {
		if err := p.out.Tidy(info.Parts); err != nil {
			return false, err
		}
	}
	return true, p.tellDone()
}

// isDone reports whether the output is already the one that the plan makes: a run that was killed
// right after the rename has done everything.
func (p *publication) isDone(ctx context.Context, s image.Session, info image.Info) bool {
	receipt, err := planner.ParseReceipt(info.Receipt)
	if err != nil || receipt == nil || receipt.Head != p.img.Head || info.Seal != image.SealWhole {
		return false
	}
	_, err = p.verify(ctx, s)
	return err == nil
}

// export writes the output under its temporary name. Stop ends it at once, since all steps are
// sealed.
func (p *publication) export(ctx context.Context, s image.Session) error {
	exporter, ok := image.As[image.Exporter](s)
	if !ok {
		return fmt.Errorf("the backend %q can't write an output", p.img.Backend)
	}
	ctx, cancel := p.untilStop(ctx)
	defer cancel()
	err := p.write(ctx, exporter)
	if err != nil && errors.Is(context.Cause(ctx), ErrInterrupted) {
		return fmt.Errorf("%w: all %d steps are done and kept, the output is not written", ErrInterrupted, p.sealed)
	}
	return err
}

func (p *publication) write(ctx context.Context, exporter image.Exporter) error {
	began := time.Now()
	path := p.out.Partial()
	if err := p.out.Discard(); err != nil {
		return err
	}
	if err := durable.MkdirAll(filepath.Dir(path)); err != nil {
		return fmt.Errorf("make the folder of the output: %w", err)
	}
	if err := p.record(record.Event{Type: record.ExportStart, Detail: p.img.Output}); err != nil {
		return err
	}
	err := exporter.Export(ctx, path, image.ExportOptions{
		Receipt: p.img.Receipt(p.plan.Gild).Encode(), Format: p.img.Export, Progress: p.progress(began), ChangesOnly: p.ChangesOnly,
	})
	var bytes int64
	if err == nil {
		bytes, err = p.out.Written()
	}
	if err != nil {
		return fmt.Errorf("write the output %s: %w", p.img.Output, err)
	}
	p.emit(record.Event{Type: record.ExportDone, Done: bytes, Total: bytes, Elapsed: time.Since(began).Seconds(), Detail: p.img.Output})
	return nil
}

// progress returns a function that reports the progress of an export, a few times a second.
func (p *publication) progress(began time.Time) func(done, total int64) {
	var last time.Time
	return func(done, total int64) {
		if now := time.Now(); done == total || now.Sub(last) >= 200*time.Millisecond {
			last = now
			p.emit(record.Event{Type: record.ExportProgress, Done: done, Total: total, Elapsed: now.Sub(began).Seconds()})
		}
	}
}

// publish verifies the result with a new session, and gives an output its name.
func (p *publication) publish(ctx context.Context) error {
	path := p.img.Target
	if path == "" {
		path = p.out.Partial()
	}
	err := p.prove(ctx, path)
	if err == nil && p.img.Target == "" {
		err = p.out.Rename(func(files int) error {
			return p.record(record.Event{Type: record.PublishStart, Output: p.img.Output, Parts: files})
		})
	}
	if err != nil {
		return err
	}
	return p.tellDone()
}

// tellDone records that the image is complete, and that no file of an old output is left.
func (p *publication) tellDone() error {
	changes, holds := p.img.Counts(), p.img.Holding()
	return p.record(record.Event{
		Type: record.ImageDone, Elapsed: time.Since(p.began).Seconds(), Steps: len(p.img.Steps), Output: p.path(), Detail: p.path(),
		Changes: &changes, Holds: &holds,
	})
}

// prove opens the result again and reads every resource from it.
func (p *publication) prove(ctx context.Context, path string) error {
	began := time.Now()
	p.emit(record.Event{Type: record.VerifyStart, Total: int64(len(p.img.Items)), Detail: p.path()})
	s, err := p.backend.Open(ctx, image.Ref{Path: path}, image.OpenOptions{Log: p.Log})
	if err != nil {
		return fmt.Errorf("open the written image to read it back: %w", err)
	}
	n, err := p.verify(ctx, s)
	if err == nil && p.img.Target == "" {
		err = p.verifyReceipt(ctx, s)
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	without := ""
	if n := p.leftOut; n > 0 {
		without = fmt.Sprintf("%d left out", n)
	}
	p.emit(record.Event{Type: record.Verified, Done: int64(n), Total: int64(len(p.img.Items)), Elapsed: time.Since(began).Seconds(), Detail: without})
	return nil
}

func (p *publication) verifyReceipt(ctx context.Context, s image.Session) error {
	info, err := s.Info(ctx)
	if err != nil {
		return fmt.Errorf("read back the receipt: %w", err)
	}
	if !bytes.Equal(info.Receipt, p.img.Receipt(p.plan.Gild).Encode()) {
		return fmt.Errorf("%w: the output's receipt differs from the one that was written", ErrVerify)
	}
	if info.Seal != image.SealWhole {
		return fmt.Errorf("%w: the output's seal does not match its content", ErrVerify)
	}
	return nil
}
