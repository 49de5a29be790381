package view

import (
	"fmt"
	"sync"
	"time"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// progress prints what happens while a plan is carried out. Images may be made at the same
// time: each line names its image. A terminal has lines at the bottom that show the
// progress; elsewhere a line every ten seconds says that something is still running.
type progress struct {
	screen *Screen
	done   chan struct{}
	ended  sync.WaitGroup

	mu       sync.Mutex
	foot     foot
	board    *board
	tasks    map[string]*task // by image
	order    []*task          // in the order of their first events
	reminded time.Time
}

// Progress starts to print what happens. The history is for estimates.
func (s *Screen) Progress(p *planner.Plan, h *history.History) operation.Progress {
	show := &progress{
		screen: s, done: make(chan struct{}), foot: foot{out: s.out}, board: newBoard(p, h), tasks: map[string]*task{},
	}
	show.ended.Go(show.tick)
	return show
}

// Close ends the reminders of long steps, and the foot.
func (p *progress) Close() {
	close(p.done)
	p.ended.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.foot.clear()
}

// draw writes the foot.
func (p *progress) draw(now time.Time) {
	if columns, rows := p.foot.room(); columns > 0 {
		p.foot.draw(p.board.lines(now, columns, rows))
	}
}

// tick checks every second for long steps.
func (p *progress) tick() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-p.done:
			return
		case now := <-ticker.C:
			p.mu.Lock()
			if p.screen.out.width > 0 {
				p.draw(now)
			} else {
				p.remind(now)
			}
			p.mu.Unlock()
		}
	}
}

func (p *progress) print(format string, args ...any) {
	p.screen.Line(fmt.Sprintf(format, args...))
}

// Event prints what happened.
func (p *progress) Event(e executor.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.board.event(e, now)
	t := p.task(e.Image)
	if e.Type == executor.StepProgress || e.Type == executor.ExportProgress {
		t.progressed(e)
		p.draw(now)
		return
	}
	p.foot.clear()
	p.tell(e, t)
	p.draw(now)
}

// tell prints an event, on one line.
func (p *progress) tell(e executor.Event, t *task) {
	switch e.Type {
	case executor.ImageWait:
		t.end()
		if e.Message != t.waited {
			t.waited = e.Message
			p.print("%s: waiting: %s", e.Image, e.Message)
		}
	case executor.ImageStart:
		p.print("%s: %s to %s", e.Image, count(e.Steps, "step"), e.Message)
	case executor.Reuse:
		p.print("%s: %s of %d taken over from %s", e.Image, count(e.Step, "step"), e.Steps, e.Message)
	case executor.StepStart:
		t.begin(e.Addr.String(), doing(e.Action))
	case executor.StepDone:
		t.end()
		p.print("%s: %s%s", e.Addr, verb(e.Action), after(e.Elapsed))
	case executor.StepSkipped:
		t.end()
		p.screen.Warning(fmt.Sprintf("%s: %s: %v", e.Addr, e.Message, e.Err))
	case executor.CheckpointStart:
		t.begin(e.Image, "making a checkpoint")
	case executor.VerifyStart:
		t.begin(e.Image, "reading everything back")
	case executor.CheckpointDone:
		t.end()
		p.print("%s: checkpoint after step %d of %d", e.Image, e.Step, e.Steps)
	case executor.ExportStart:
		t.begin(e.Image, "writing")
		t.announced = true
		p.print("%s: writing %s...", e.Image, e.Message)
	case executor.ExportDone:
		t.end()
		p.print("%s: %s written after %s", e.Image, size.Text(e.Total), short(e.Elapsed))
	case executor.Verified:
		t.end()
		p.print("%s: verified, %d of %d resources read back%s", e.Image, e.Done, e.Total, behind(e.Message))
	case executor.ImageDone:
		p.print("%s: complete after %s", e.Image, short(e.Elapsed))
	case executor.Warning:
		p.screen.Warning(warning(e))
	case executor.Error:
		t.end()
		p.failed(e)
	}
}

// warning is the text of a warning, with image and reason.
func warning(e executor.Event) string {
	text := e.Message
	if e.Image != "" {
		text = e.Image + ": " + text
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// failed says that something failed; the error follows at the end.
func (p *progress) failed(e executor.Event) {
	about := e.Image
	if e.Addr.Kind != "" {
		about = e.Addr.String()
	}
	p.print("%s: %s", about, p.screen.out.paint(red, "failed"))
}

func doing(a providers.Action) string {
	switch a {
	case providers.Create:
		return "creating"
	case providers.Update:
		return "changing"
	case providers.Delete:
		return "removing"
	}
	return string(a)
}

// behind is a text after a comma; empty if the text is.
func behind(text string) string {
	if text == "" {
		return ""
	}
	return ", " + text
}

// after tells how long something took, if that was long enough to notice.
func after(d time.Duration) string {
	if d < announceAfter {
		return ""
	}
	return " after " + short(d)
}

// count returns a number with its noun: 1 step, 2 steps.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// short returns a duration in a precision useful for people.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "<1ms"
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}
