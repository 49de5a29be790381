package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/ground/size"
)

// A step that takes longer than a second is announced, and every ten seconds a line
// says that it is still running. Most steps are done before that, and take one
// line.
const (
	announceAfter = time.Second
	stillEvery    = 10 * time.Second
)

// task is the current work on one image.
type task struct {
	running   string // address of the current resource, or name of the image; empty: nothing that may take long
	doing     string // what is being done to it
	announced bool
	since     time.Time
	part      string // the share that is done
	waited    string // what the image last said it waits for
}

// task returns that of an image.
func (p *progress) task(image string) *task {
	t := p.tasks[image]
	if t == nil {
		t = &task{}
		p.tasks[image] = t
		p.order = append(p.order, t)
	}
	return t
}

func (t *task) begin(what, doing string) {
	t.running, t.doing, t.announced, t.since, t.part = what, doing, false, time.Now(), ""
}

func (t *task) end() { t.begin("", "") }

// progressed records the progress of the current step.
func (t *task) progressed(e executor.Event) {
	switch {
	case e.Total <= 0:
	case e.Type == executor.ExportProgress:
		t.part = fmt.Sprintf(", %s of %s written", size.Text(e.Done), size.Text(e.Total))
	case t.running != "":
		t.part = fmt.Sprintf(", %d %%", 100*e.Done/e.Total)
	}
}

// remind announces long work once, and says every ten seconds, in one line for all
// images, that it is still running.
func (p *progress) remind(now time.Time) {
	var lasting []*task
	for _, t := range p.order {
		if t.running == "" {
			continue
		}
		lasted := t.lasted(now)
		if !t.announced && lasted >= announceAfter {
			p.print("%s: %s...", t.running, t.doing)
			t.announced = true
		}
		if lasted >= stillEvery {
			lasting = append(lasting, t)
		}
	}
	if len(lasting) == 0 || now.Sub(p.reminded).Round(time.Second) < stillEvery {
		return
	}
	p.reminded = now
	if len(lasting) == 1 {
		p.print("%s: still running after %s%s", lasting[0].running, lasting[0].lasted(now), lasting[0].part)
		return
	}
	p.print("%s", p.stillRunning(lasting, now))
}

func (t *task) lasted(now time.Time) time.Duration { return now.Sub(t.since).Round(time.Second) }

// stillRunning names the long work, and the progress of all.
func (p *progress) stillRunning(lasting []*task, now time.Time) string {
	const most = 4
	var names []string
	for _, t := range lasting[:min(len(lasting), most)] {
		names = append(names, fmt.Sprintf("%s: %s for %s%s", t.running, t.doing, t.lasted(now), t.part))
	}
	text := fmt.Sprintf("%d of %s complete, still running: %s", len(p.board.in(made)), count(len(p.board.images), "image"), strings.Join(names, "; "))
	if more := len(lasting) - most; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}
