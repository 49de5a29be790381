package view

import (
	"cmp"
	"fmt"
	"sync"
	"time"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
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
	reminded time.Time
}

// Progress starts to print what happens. The history is for estimates.
func (s *Screen) Progress(p *planner.Plan, h *history.History) operation.Progress {
	show := &progress{screen: s, done: make(chan struct{}), foot: foot{out: s.out}, board: newBoard(p, h)}
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
func (p *progress) Event(e record.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.board.Add(e)
	if e.Type.Kept() {
		p.foot.clear()
		p.tell(e)
	}
	p.draw(time.Now())
}

// tell prints an event, on one line. What begins is announced when it lasts.
func (p *progress) tell(e record.Event) {
	switch e.Type {
	case record.ImageWait:
		p.print("%s: waiting: %s", e.Image, e.Detail)
	case record.ImageStart:
		p.print("%s: %s to %s", e.Image, count(e.Steps, "step"), e.Detail)
	case record.Reuse:
		p.print("%s: %s of %d taken over from %s", e.Image, count(e.Step, "step"), e.Steps, e.Detail)
	case record.StepDone:
		p.print("%s: %s%s", e.Address, verb(providers.Action(e.Action)), after(e.Took()))
	case record.StepSkipped:
		by := ""
		if e.Step == 0 {
			by = " by the plan"
		}
		p.screen.Warning(fmt.Sprintf("%s: left out%s: %s", e.Address, by, e.Detail))
	case record.CheckpointDone:
		p.print("%s: checkpoint after step %d of %d", e.Image, e.Step, e.Steps)
	case record.ExportStart:
		p.print("%s: writing %s...", e.Image, e.Detail)
		p.board.announce(e.Image)
	case record.ExportDone:
		p.print("%s: %s written after %s", e.Image, size.Text(e.Total), short(e.Took()))
	case record.Verified:
		p.print("%s: verified, %d of %d resources read back%s", e.Image, e.Done, e.Total, behind(e.Detail))
	case record.ImageDone:
		p.print("%s: complete after %s", e.Image, short(e.Took()))
	case record.Warning:
		text := e.Detail
		if e.Image != "" {
			text = e.Image + ": " + text
		}
		p.screen.Warning(text)
	case record.Error: // itself, it follows at the end
		p.print("%s: %s", cmp.Or(e.Address, e.Image), p.screen.out.paint(red, "failed"))
	}
}

func doing(a providers.Action) string {
	switch a {
	case providers.Create:
		return "creating"
	case providers.Update:
		return "modifying"
	case providers.Delete:
		return "destroying"
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
