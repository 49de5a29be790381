package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/executor/sequencer"
	"github.com/gildhq/gild/image"
)

// open opens the image at the last checkpoint of the plan's chain.
func (r *run) open(ctx context.Context) (*hand, error) {
	h := &hand{run: r, outlook: &outlook{subject: r.subject, known: r.History}}
	at, err := h.openSession(ctx)
	if err != nil {
		return nil, err
	}
	r.done, r.sealed = at, at
	h.seq = sequencer.New(r.sequence(r.task, h.outlook), at)
	err = h.tellWarnings(ctx)
	if err == nil {
		r.tellReuse()
		err = h.share(ctx, at)
	}
	if err != nil {
		return nil, errors.Join(err, h.session.Close())
	}
	return h, nil
}

// reopen closes the image and opens it again at its last checkpoint.
func (h *hand) reopen(ctx context.Context) (at int, err error) {
	if err := h.session.Close(); err != nil {
		return 0, fmt.Errorf("close the image: %w", err)
	}
	at, err = h.openSession(ctx)
	if err == nil {
		h.tellKept(at)
	}
	return at, err
}

// tellKept reports how many steps the image holds after a failure.
func (h *hand) tellKept(steps int) {
	h.last = steps
	h.emit(record.Event{Type: record.StepsKept, Step: steps, Steps: len(h.img.Steps)})
}

// openSession opens the image at its last checkpoint, and returns how many steps that checkpoint
// includes.
func (h *hand) openSession(ctx context.Context) (at int, err error) {
	session, err := h.openSource(ctx, image.OpenOptions{
		Write: true, Name: h.img.Name, Store: h.Store, Chain: h.img.Chain(), Clock: h.img.Clock,
		AllowDirtyHives: h.img.AllowDirtyHives, Scratch: h.scratch, Withhold: h.Withhold,
		LogDir: h.LogDir, LogLevel: h.LogLevel, Silence: h.plan.DISMTimeout, CleanupMountpoints: h.plan.CleanupMountpoints,
		Progress: func(done float64) {
			h.emit(record.Event{Type: record.StepProgress, Done: int64(done * 1000), Total: 1000})
		},
		Retry: h.retry(),
		Warn:  func(text string) { h.warn(text, nil) },
	})
	if err != nil {
		return 0, err
	}
	if at = h.img.After(session.At()); at < 0 {
		return 0, errors.Join(fmt.Errorf("the backend opened the image at checkpoint %s, which is not in the plan", session.At()), session.Close())
	}
	h.session = session
	return at, nil
}

// openSource opens the source, and checks that it is the one of the plan. A run does this once:
// to make the image, or to find that there is nothing to do. It does not use the session of the
// plan, since another process may have made the plan, or it may have waited for consent for hours.
func (r *run) openSource(ctx context.Context, opts image.OpenOptions) (image.Session, error) {
	opts.Log, opts.Fingerprint = r.Log, r.img.Fingerprint
	s, err := r.backend.Open(ctx, r.img.Source, opts)
	switch {
	case errors.Is(err, image.ErrExchanged):
		err = fmt.Errorf("%w: the source %s, image %d, has changed since the plan was made; make a new plan", ErrStale, r.img.Source.Path, r.img.Source.Index)
	case err != nil:
		err = fmt.Errorf("open %s: %w", r.img.Source.Path, err)
	}
	return s, err
}

// tellWarnings reports warnings of the opened image that are not in the plan.
func (h *hand) tellWarnings(ctx context.Context) error {
	info, err := h.session.Info(ctx)
	if err != nil {
		return fmt.Errorf("read the description of %s: %w", h.img.Source.Path, err)
	}
	for _, w := range info.Warnings {
		if !slices.Contains(h.img.Info.Warnings, w) {
			h.warn(w, nil)
		}
	}
	return nil
}

// tellReuse reports what the run continues from.
func (r *run) tellReuse() {
	last, cut := r.past.CutOff(r.img.Name, r.path())
	if r.done == 0 && !cut {
		return
	}
	message := "the checkpoint of an earlier run"
	switch {
	case cut && r.done == 0:
		message = fmt.Sprintf("nothing: the last run was interrupted at %s before its first checkpoint", last.Format(time.RFC3339))
	case cut:
		message = fmt.Sprintf("the last checkpoint of the run that was interrupted at %s", last.Format(time.RFC3339))
	case r.task.after != nil && r.done <= r.task.after.steps:
		message = "image " + r.task.maker
	}
	r.emit(record.Event{Type: record.Reuse, Step: r.done, Steps: len(r.img.Steps), Detail: message})
}
