package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gildhq/gild/executor/output"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// run carries out the plan of one image: its [hand] makes the steps, and its [publication] the
// output.
type run struct {
	*applier
	*subject
	task    *task
	backend image.Backend
	scratch string // folder for temporary files of programs that the backend runs; empty: the backend's own
	began   time.Time

	done, sealed int // steps, including those of checkpoints
	leftOut      int // resources, and parts of them
}

func (a *applier) newRun(t *task) (*run, error) {
	img := t.img
	r := &run{applier: a, subject: newSubject(img, a.byKind), task: t, backend: a.backends[img.Backend], began: time.Now()}
	if r.backend == nil {
		return r, fmt.Errorf("the plan needs the backend %q, which is not available on this machine", img.Backend)
	}
	for _, it := range img.Items {
		kind := a.byKind[it.Addr.Kind]
		if kind == nil {
			return r, stepError(it, "look up its kind", errors.New("this version of gild does not know the kind"))
		}
		if lacks := missing(kind, it); lacks != "" {
			return r, stepError(it, "look up its kind", fmt.Errorf(
				"%w: it was made by gild %s, which has no attribute %[4]q for the kind %[3]s; make a new plan", ErrStale, a.plan.Gild, kind.Kind, lacks))
		}
	}
	return r, nil
}

// path is that of the output, or the target's folder.
func (r *run) path() string { return r.img.Output + r.img.Target }

// missing returns an attribute of the kind that the item in a saved plan lacks, or an empty text.
func missing(kind *providers.Provider, it *planner.Item) string {
	for _, attr := range kind.Schema {
		if !it.Want.Type().HasAttribute(attr.Name) {
			return attr.Name
		}
	}
	return ""
}

// carryOut makes the image, continuing from what exists of it.
func (r *run) carryOut(ctx context.Context) (err error) {
	defer func() { err = r.ifFull(err) }()
	release, err := r.lockOutput()
	if err != nil {
		return err
	}
	defer release()
	p := &publication{run: r, out: output.Output{Path: r.img.Output}}
	finished, err := p.checkFresh(ctx)
	if err != nil || finished {
		return err
	}
	free, err := r.takeScratch(ctx)
	if err != nil {
		return err
	}
	defer free()
	err = r.record(record.Event{
		Type: record.ImageStart, Steps: len(r.img.Steps), Plan: r.plan.Digest(), Fingerprint: r.img.Fingerprint, Output: r.path(), Detail: r.path(),
	})
	if err != nil {
		return err
	}
	r.tellLacking()
	h, err := r.open(ctx)
	if err != nil {
		return err
	}
	err = h.make(ctx, p)
	if closing := h.session.Close(); closing != nil {
		err = errors.Join(err, fmt.Errorf("close the image: %w", closing))
	}
	if err == nil {
		err = p.publish(ctx)
	}
	if err == nil || r.img.Target != "" {
		return err
	}
	if left := p.out.Discard(); left != nil && !errors.Is(err, output.ErrLeft) {
		err = errors.Join(err, left)
	}
	return err
}

// make carries out the steps and, unless the image is a target, writes the output under its
// temporary name.
func (h *hand) make(ctx context.Context, p *publication) error {
	if err := h.makeSteps(ctx); err != nil {
		return err
	}
	h.emit(record.Event{Type: record.VerifyStart, Total: int64(len(h.img.Items)), Detail: "the changed image"})
	if _, err := h.verify(ctx, h.session); err != nil {
		return fmt.Errorf("after the last step: %w", err)
	}
	if err := h.confirm(ctx); err != nil {
		return fmt.Errorf("after the last step: %w", err)
	}
	if h.img.Target != "" {
		return nil
	}
	return p.export(ctx, h.session)
}

func (r *run) record(e record.Event) error {
	e.Image = r.img.Name
	return r.applier.record(e)
}

func (r *run) emit(e record.Event) { _ = r.record(e) }

func (r *run) warn(text string, reason error) {
	r.emit(r.failure(record.Event{Type: record.Warning, Detail: text}, reason))
}
