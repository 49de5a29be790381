package conformance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/gildhq/gild/image"
)

func cutChecks() []check {
	var list []check
	for _, c := range []struct {
		name, command, proves string
		least                 int // checkpoints that the next run has to have
	}{
		{"cut.mount", "Mount-Image", "DISM is ended while it mounts, gild with it, and the next run begins again", 0},
		{"cut.commit", "Commit-Image", "DISM is ended while it commits, gild with it, and the next run has the last checkpoint, or begins again", 0},
		{"cut.unmount", "Unmount-Image", "DISM is ended while it unmounts, gild with it, and the next run has the last checkpoint", 2},
	} {
		list = append(list, check{name: c.name, proves: c.proves, dism: true, after: []string{"image.mount"},
			run: func(b *bench, ctx context.Context) error { return cut(ctx, b, c.name, c.command, c.least) }})
	}
	return list
}

// cut makes checkpoints of the own image until DISM was ended in the middle of a command,
// leaves everything as a gild that is killed leaves it, and opens the image again.
func cut(ctx context.Context, b *bench, store, command string, least int) error {
	const attempts = 4
	for n := range attempts {
		c := attempt{b, fmt.Sprintf("%s.%d", store, n), command, []string{"one", "two"}}
		died, err := c.die(ctx)
		if err != nil {
			return err
		}
		if err := c.recovered(ctx, least); err != nil {
			return fmt.Errorf("after that DISM %s: %w", map[bool]string{true: "was ended", false: "came to its end"}[died], err)
		}
		if died {
			c.note("ended in attempt %d", n+1)
			return nil
		}
	}
	return skip("/%s came to its end each time before it could be ended", command)
}

// attempt is one attempt to end a command of DISM in the middle.
type attempt struct {
	*bench
	store, command string
	chain          []string // the steps to make checkpoints of
}

// stepFile is written before the checkpoint of a step.
func stepFile(step string) string { return "Windows/gild-step-" + step + ".txt" }

// die goes through two checkpoints, ends the first run of the command after the first
// one, or the first of all where the image is mounted only once, and leaves the rest
// undone. It tells whether the command was ended in the middle.
func (c attempt) die(ctx context.Context) (died bool, err error) {
	c.dism.arm(c.command == "Mount-Image", c.command)
	defer func() {
		if left := c.dism.disarm(); left {
			died = false
		}
	}()
	s, err := c.openDISM(ctx, c.own.file, c.store)
	if err != nil {
		c.dism.vanish()
		return true, ignore(err)
	}
	for i, step := range c.chain {
		if err = rewrite(s, stepFile(step), step); err != nil {
			break
		}
		c.dism.arm(i > 0 && c.command == "Commit-Image", c.command)
		if err = s.Commit(ctx, step); err != nil {
			break
		}
	}
	if c.command != "Unmount-Image" || err != nil {
		c.dism.vanish()
	}
	c.dism.arm(c.command == "Unmount-Image", c.command)
	closed := s.Close()
	if c.command == "Unmount-Image" {
		c.dism.vanish()
		err = errors.Join(err, closed)
	}
	return err != nil, ignore(err)
}

// ignore takes away the error of a command that was ended on purpose.
func ignore(err error) error {
	if errors.Is(err, errKilled) {
		return nil
	}
	return err
}

// recovered opens the image as the next run does, and holds what is in it against the
// checkpoint that it says it is at. At the end it goes through the steps that are left.
func (c attempt) recovered(ctx context.Context, least int) error {
	s, err := c.openDISM(ctx, c.own.file, c.store, c.chain...)
	if err != nil {
		return err
	}
	files, _ := image.As[image.Files](s)
	reached := 0
	for i, step := range c.chain {
		if s.At() == step {
			reached = i + 1
		}
	}
	c.note("the next run is at step %d of %d", reached, len(c.chain))
	if reached < least {
		return fmt.Errorf("%d checkpoints were made, and %d are left", least, reached)
	}
	for i, step := range c.chain {
		switch _, err := files.Stat(stepFile(step)); {
		case i < reached && err != nil:
			return fmt.Errorf("what checkpoint %s had is not there: %w", s.At(), err)
		case i >= reached && err == nil:
			return fmt.Errorf("%s is there, which checkpoint %q does not have", stepFile(step), s.At())
		case i >= reached && !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	for _, step := range c.chain[reached:] {
		if err := errors.Join(rewrite(s, stepFile(step), step), s.Commit(ctx, step)); err != nil {
			return err
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	list, err := c.dism.mounts(ctx)
	if err == nil && len(below(filepath.Join(c.dir, c.store), list)) > 0 {
		err = fmt.Errorf("an image is still mounted: %v", list)
	}
	return err
}
