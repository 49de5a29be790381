package view

import (
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// A step that lasts is announced after a second, and says that it is still
// running every ten. Most are done before that, and take one line.
const (
	announceAfter = time.Second
	stillEvery    = 10 * time.Second
)

// progress prints what happens while a plan is carried out. At the foot of a
// terminal there is a line that tells how far things are; elsewhere, a line every
// ten seconds while something lasts.
type progress struct {
	screen *Screen
	done   chan struct{}
	ended  sync.WaitGroup
	live   int // columns of the line at the foot; 0: there is none

	mu      sync.Mutex
	running string // what is being done; empty: nothing that may last
	doing   string // how to announce it; empty: it was announced
	since   time.Time
	part    string // how much of it is done
	status  status
	shown   int // characters of the line at the foot as it stands there
}

// Progress starts to print what happens. The history tells how long it may take.
func (s *Screen) Progress(p *planner.Plan, h *history.History) Progress {
	show := &progress{screen: s, done: make(chan struct{}), status: status{plan: p, history: h}}
	if s.out.width > 0 {
		show.live = int(s.out.width) - 1 // the last column may begin a new line
	}
	show.ended.Go(show.remind)
	return show
}

// Close ends the reminders of long steps, and the line at the foot.
func (p *progress) Close() {
	close(p.done)
	p.ended.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

// clear takes away the line at the foot, without escape sequences: they are not
// understood everywhere, and not wanted with NO_COLOR.
func (p *progress) clear() {
	if p.shown > 0 {
		p.screen.out.printf("\r%s\r", strings.Repeat(" ", p.shown))
		p.shown = 0
	}
}

// draw writes the line at the foot.
func (p *progress) draw(now time.Time) {
	if p.live == 0 {
		return
	}
	text := p.status.line(now, p.live)
	n := utf8.RuneCountInString(text)
	p.screen.out.printf("\r%s%s", text, strings.Repeat(" ", max(p.shown-n, 0)))
	p.shown = n
}

func (p *progress) remind() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	next := stillEvery
	var about time.Time
	for {
		select {
		case <-p.done:
			return
		case now := <-ticker.C:
			p.mu.Lock()
			if about != p.since {
				about, next = p.since, stillEvery
			}
			if p.live > 0 {
				p.draw(now)
				p.mu.Unlock()
				continue
			}
			lasted := now.Sub(p.since)
			if p.running != "" && p.doing != "" && lasted >= announceAfter {
				p.print("%s: %s...", p.running, p.doing)
				p.doing = ""
			}
			if p.running != "" && lasted >= next {
				next += stillEvery
				p.print("%s: still running after %s%s", p.running, lasted.Round(time.Second), p.part)
			}
			p.mu.Unlock()
		}
	}
}

func (p *progress) print(format string, args ...any) {
	p.screen.Line(fmt.Sprintf(format, args...))
}

func (p *progress) begin(what, doing string) {
	p.running, p.doing, p.since, p.part = what, doing, time.Now(), ""
}

func (p *progress) end() { p.begin("", "") }

// Event prints what happened.
func (p *progress) Event(e executor.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.status.event(e, now)
	if e.Type == executor.StepProgress || e.Type == executor.ExportProgress {
		p.progressed(e)
		p.draw(now)
		return
	}
	p.clear()
	p.tell(e)
	p.draw(now)
}

// progressed keeps how much is done of what is at work.
func (p *progress) progressed(e executor.Event) {
	switch {
	case e.Total <= 0:
	case e.Type == executor.ExportProgress:
		p.part = fmt.Sprintf(", %s of %s written", Bytes(e.Done), Bytes(e.Total))
	case p.running != "":
		p.part = fmt.Sprintf(", %d %%", 100*e.Done/e.Total)
	}
}

// tell prints what happened, a line for each thing.
func (p *progress) tell(e executor.Event) {
	switch e.Type {
	case executor.ImageStart:
		p.print("%s: %s to %s", e.Image, count(e.Steps, "step"), e.Message)
	case executor.Reuse:
		p.print("%s: %s of %d taken over from %s", e.Image, count(e.Step, "step"), e.Steps, e.Message)
	case executor.StepStart:
		p.begin(e.Addr.String(), doing(e.Action))
	case executor.StepDone:
		p.end()
		p.print("%s: %s%s", e.Addr, verb(e.Action), after(e.Elapsed))
	case executor.CheckpointStart:
		p.begin(e.Image, "making a checkpoint")
	case executor.VerifyStart:
		p.begin(e.Image, "reading everything back")
	case executor.CheckpointDone:
		p.end()
		p.print("%s: checkpoint after step %d of %d", e.Image, e.Step, e.Steps)
	case executor.ExportStart:
		p.begin(e.Image, "")
		p.print("%s: writing %s...", e.Image, e.Message)
	case executor.ExportDone:
		p.end()
		p.print("%s: %s written after %s", e.Image, Bytes(e.Total), short(e.Elapsed))
	case executor.Verified:
		p.end()
		p.print("%s: verified, %d of %d resources read back", e.Image, e.Done, e.Total)
	case executor.ImageDone:
		p.print("%s: complete after %s", e.Image, short(e.Elapsed))
	case executor.Warning:
		p.screen.Warning(warning(e))
	case executor.Error:
		p.end()
		p.failed(e)
	}
}

// warning is what a warning says, of which image and why.
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

// failed says that something went wrong; what it was follows at the end.
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

// short returns a duration in a precision that people care for.
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

// Bytes returns a size in decimal units.
func Bytes(n int64) string {
	const units = "kMGTP"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/1000, 0
	for f >= 999.95 && unit < len(units)-1 {
		f, unit = f/1000, unit+1
	}
	return fmt.Sprintf("%.1f %cB", f, units[unit])
}
