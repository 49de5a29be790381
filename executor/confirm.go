package executor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// confirm has the tools that made the changes list them, and compares the lists with the wanted
// values. The error names all differences.
func (h *hand) confirm(ctx context.Context) error {
	if !h.Confirm {
		return nil
	}
	ask := h.asking(ctx)
	var errs []error
	for i := range h.img.Steps {
		way := h.way(i)
		if way == nil || way.Confirm == nil || h.img.Steps[i].LeftOut {
			continue
		}
		err := h.confirmStep(ctx, i, way, ask)
		if ctx.Err() != nil || errors.Is(err, image.ErrSpoiled) {
			return err
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (h *hand) confirmStep(ctx context.Context, step int, way *providers.Way, ask providers.Ask) error {
	it := h.item(step)
	have, err := h.read(ctx, h.session, it, "read it back")
	if err != nil {
		return err
	}
	doubts, err := way.Confirm(ctx, h.session, ask, providers.Change{
		Addr: it.Addr, Action: h.img.Steps[step].Action, Want: it.Want, Have: providers.There(have), Effect: h.img.Steps[step].Effect,
	})
	if err == nil && len(doubts) > 0 {
		err = doubted(doubts)
	}
	if err != nil {
		return stepError(it, "verify with the list of "+way.Name, err)
	}
	return nil
}

func doubted(doubts []providers.Doubt) error {
	parts := make([]string, len(doubts))
	for i, d := range doubts {
		parts[i] = fmt.Sprintf("%s: wanted %s, listed %s", d.Thing, d.Wanted, d.Told)
	}
	return fmt.Errorf("%w: %s", ErrVerify, strings.Join(parts, "; "))
}

// asking returns a function that runs each listing command once, even if several resources ask
// for it.
func (h *hand) asking(ctx context.Context) providers.Ask {
	type answer struct {
		*transcript.Transcript
		err error
	}
	known := map[string]answer{}
	return func(args ...string) (*transcript.Transcript, error) {
		key := strings.Join(args, "\x00")
		a, ok := known[key]
		if !ok {
			var d image.Servicer
			if d, a.err = providers.Need[image.Servicer](h.session, image.CanService); a.err == nil {
				a.Transcript, a.err = d.Dism(ctx, args...)
			}
			known[key] = a
		}
		return a.Transcript, a.err
	}
}
