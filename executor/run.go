package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gildhq/gild/executor/journal"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// run carries out the plan of one image.
type run struct {
	*applier
	task    *task
	img     *planner.Image
	backend image.Backend
	session image.Session // open for writing
	scratch string        // folder for temporary files of what the backend runs; empty: its own
	began   time.Time
	result  ImageResult
	failed  []error // of steps that were left out to find more, and that the image needs

	done   int       // steps done, those taken over included
	sealed int       // steps sealed
	last   time.Time // when something was sealed last
	pace   pace
	items  map[int]*planner.Item // by step, those that were asked for
	parts  int                   // files of the output as it is, or as a run that was killed may have left it
}

func (a *applier) newRun(t *task) (*run, error) {
	img := t.img
	r := &run{applier: a, task: t, img: img, backend: a.backends[img.Backend], began: time.Now()}
	r.result = ImageResult{Name: img.Name, Path: img.Output + img.Target}
	if r.backend == nil {
		return r, fmt.Errorf("the plan needs the backend %q, which this machine does not have", img.Backend)
	}
	for _, it := range img.Items {
		kind := a.kinds[it.Addr.Kind]
		if kind == nil {
			return r, stepError(it, "look up its kind", errors.New("this gild does not know the kind"))
		}
		if lacks := missing(kind, it); lacks != "" {
			return r, stepError(it, "look up its kind", fmt.Errorf(
				"%w: it was made by gild %s, whose %s has no attribute %q; make a new plan", ErrStale, a.plan.Gild, kind.Kind, lacks))
		}
	}
	r.result.Skipped = lacking(img)
	r.pace.steps = r.outlook()
	return r, nil
}

// missing returns an attribute of the kind that the item of a saved plan does not
// have, if there is one.
func missing(kind *providers.Provider, it *planner.Item) string {
	for _, attr := range kind.Schema {
		if !it.Want.Type().HasAttribute(attr.Name) {
			return attr.Name
		}
	}
	return ""
}

// carryOut makes the image, from whatever there is of it.
func (r *run) carryOut(ctx context.Context) (err error) {
	defer func() { r.result.Elapsed, err = time.Since(r.began), r.ifFull(err) }()
	release, err := r.lockOutput()
	if err != nil {
		return err
	}
	defer release()
	finished, err := r.checkFresh(ctx)
	if err != nil || finished {
		return err
	}
	free, err := r.takeScratch(ctx)
	if err != nil {
		return err
	}
	defer free()
	r.emit(Event{Type: ImageStart, Steps: len(r.img.Steps), Message: r.result.Path})
	for _, s := range r.result.Skipped {
		r.emit(Event{Type: StepSkipped, Addr: s.Addr, Steps: len(r.img.Steps), Message: "left out by the plan", Err: s.Err})
	}
	defer func() { err = errors.Join(err, r.end(err)) }()
	if err := r.open(ctx); err != nil {
		return err
	}
	err = r.make(ctx)
	if closing := r.session.Close(); closing != nil {
		err = errors.Join(err, fmt.Errorf("close the image: %w", closing))
	}
	if err == nil {
		err = r.publish(ctx)
	}
	if err == nil {
		return nil
	}
	if left := r.discard(); left != nil && !errors.Is(err, errLeft) {
		err = errors.Join(err, left)
	}
	return err
}

// make applies the steps and, unless the image is a target, writes the output
// under its temporary name.
func (r *run) make(ctx context.Context) error {
	if err := r.applySteps(ctx); err != nil {
		return err
	}
	r.emit(Event{Type: VerifyStart, Total: int64(len(r.img.Items)), Message: "the changed image"})
	if _, err := r.verify(ctx, r.session); err != nil {
		return fmt.Errorf("after the last step: %w", err)
	}
	if err := r.confirm(ctx); err != nil {
		return fmt.Errorf("after the last step: %w", err)
	}
	if r.img.Target != "" {
		return nil
	}
	return r.export(ctx)
}

func (r *run) emit(e Event) {
	e.Image = r.img.Name
	r.applier.emit(e)
}

func (r *run) note(rec journal.Record) error {
	rec.Time, rec.Image = time.Now().UTC(), r.img.Name
	return r.journal.Write(rec)
}

// noteDurably writes a record that must be there before what follows.
func (r *run) noteDurably(rec journal.Record) error {
	if err := r.note(rec); err != nil {
		return err
	}
	return r.journal.Sync()
}

func (r *run) end(err error) error {
	rec := journal.Record{Type: journal.End, Step: r.sealed, Steps: len(r.img.Steps)}
	if err != nil {
		rec.Error, rec.Cancelled = r.Withhold(err.Error()), errors.Is(err, context.Canceled)
	}
	return r.noteDurably(rec)
}

// open opens the image at the last checkpoint that belongs to the plan.
func (r *run) open(ctx context.Context) error {
	if err := r.openSession(ctx); err != nil {
		return err
	}
	r.sealed, r.last, r.result.Reused = r.done, time.Now(), r.done
	if err := r.checkSource(ctx); err != nil {
		return errors.Join(err, r.session.Close())
	}
	r.tellReuse()
	err := r.noteDurably(journal.Record{
		Type: journal.Begin, Plan: r.plan.Digest(), Source: r.img.Fingerprint, Output: r.result.Path, Step: r.done, Steps: len(r.img.Steps),
	})
	if err == nil {
		err = r.passBranches(ctx)
	}
	if err != nil {
		return errors.Join(err, r.session.Close())
	}
	return nil
}

// checkSource makes sure that what was opened is what the plan was made for, and
// passes on what the image's reader does not like, if the plan has not said it.
func (r *run) checkSource(ctx context.Context) error {
	info, err := r.session.Info(ctx)
	if err != nil {
		return fmt.Errorf("read what %s says of itself: %w", r.img.Source.Path, err)
	}
	if info.Fingerprint != r.img.Fingerprint {
		return fmt.Errorf("%w: %s was exchanged a moment ago", ErrStale, r.img.Source.Path)
	}
	for _, w := range info.Warnings {
		if !slices.Contains(r.img.Info.Warnings, w) {
			r.emit(Event{Type: Warning, Message: w})
		}
	}
	return nil
}

// tellReuse says what the run goes on from.
func (r *run) tellReuse() {
	rec, cut := journal.Unfinished(r.past, r.img.Name, r.result.Path)
	if r.done == 0 && !cut {
		return
	}
	message := "the checkpoint of an earlier run"
	switch {
	case cut && r.done == 0:
		message = fmt.Sprintf("nothing: the last run was cut off at %s before its first checkpoint", rec.Time.Format(time.RFC3339))
	case cut:
		message = fmt.Sprintf("the last checkpoint of the run that was cut off at %s", rec.Time.Format(time.RFC3339))
	case r.task.after != nil && r.done <= r.task.after.steps:
		message = "image " + r.task.maker
	}
	r.emit(Event{Type: Reuse, Step: r.done, Steps: len(r.img.Steps), Message: message})
}

// publish proves what was made with a session of its own, and gives an output its name.
func (r *run) publish(ctx context.Context) error {
	path := r.img.Target
	if path == "" {
		path = r.partial()
	}
	err := r.prove(ctx, path)
	if err == nil && r.img.Target == "" {
		err = r.rename(path)
	}
	if err != nil {
		return err
	}
	r.result.Changed = true
	r.emit(Event{Type: ImageDone, Elapsed: time.Since(r.began), Steps: len(r.img.Steps), Message: r.result.Path})
	return nil
}
