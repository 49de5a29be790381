package view

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/ground/size"
)

// A step that takes longer than a second is announced, and every ten seconds a line
// says that it is still running. Most steps are done before that, and take one
// line.
const (
	announceAfter = time.Second
	stillEvery    = 10 * time.Second
)

// remind announces long work once, and says every ten seconds, in one line for all
// images, that it is still running.
func (p *progress) remind(now time.Time) {
	at := p.board.at(now)
	var lasting []*status
	for _, s := range p.board.images {
		thing, what := s.doing()
		if what == "" || s.Doing.Phase == record.PhaseOpen {
			continue
		}
		lasted := s.lasted(at)
		if s.announced != s.since() && lasted >= announceAfter {
			p.print("%s: %s...", thing, what)
			s.announced = s.since()
		}
		if lasted >= stillEvery {
			lasting = append(lasting, s)
		}
	}
	if len(lasting) == 0 || now.Sub(p.reminded).Round(time.Second) < stillEvery {
		return
	}
	p.reminded = now
	if len(lasting) == 1 {
		thing, _ := lasting[0].doing()
		p.print("%s: still running after %s%s", thing, lasting[0].lasted(at), lasting[0].share())
		return
	}
	p.print("%s", p.board.stillRunning(lasting, at))
}

func (s *status) lasted(at float64) time.Duration {
	return history.Duration(at - s.since()).Round(time.Second)
}

// share says how much of the work is done, where it tells.
func (s *status) share() string {
	switch d := s.Doing; {
	case d.Phase == record.PhaseWrite && d.Size > 0:
		return fmt.Sprintf(", %s of %s written", size.Text(d.Written), size.Text(d.Size))
	case d.Share > 0:
		return fmt.Sprintf(", %.0f %%", math.Floor(100*d.Share))
	}
	return ""
}

// stillRunning names the long work, and the progress of all.
func (b *board) stillRunning(lasting []*status, at float64) string {
	const most = 4
	var names []string
	for _, s := range lasting[:min(len(lasting), most)] {
		thing, what := s.doing()
		names = append(names, fmt.Sprintf("%s: %s for %s%s", thing, what, s.lasted(at), s.share()))
	}
	text := fmt.Sprintf("%d of %s complete, still running: %s", len(b.in(made)), count(len(b.images), "image"), strings.Join(names, "; "))
	if more := len(lasting) - most; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}
