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
		least                 int // checkpoints that must be left for the next run
	}{
		{"cut.mount", "Mount-Image", "after DISM and gild were ended during a mount, the next run starts again", 0},
		{"cut.commit", "Commit-Image", "after DISM and gild were ended during a commit, the next run continues from the last checkpoint or starts again", 0},
		{"cut.unmount", "Unmount-Image", "after DISM and gild were ended during an unmount, the next run continues from the last checkpoint", 2},
	} {
		list = append(list, check{name: c.name, proves: c.proves, dism: true, after: []string{"image.mount"},
			run: func(b *bench, ctx context.Context) error { return cut(ctx, b, c.name, c.command, c.least) }})
	}
	return list
}

// cut makes checkpoints of gild's own image, ends DISM in the middle of a command and
// leaves everything as a killed gild does. Then it opens the image again. If the command
// completes before it can be ended, cut tries again.
func cut(ctx context.Context, b *bench, store, command string, least int) error {
	const attempts = 4
	for n := range attempts {
		c := attempt{b, fmt.Sprintf("%s.%d", store, n), command, []string{"one", "two"}}
		died, err := c.die(ctx)
		if err != nil {
			return err
		}
		if err := c.recovered(ctx, least); err != nil {
			return fmt.Errorf("after DISM %s: %w", map[bool]string{true: "was ended", false: "completed"}[died], err)
		}
		if died {
			c.note("ended in attempt %d", n+1)
			return nil
		}
	}
	return skip("/%s completed each time before it could be ended", command)
}

// attempt is one attempt to end a command of DISM in the middle.
type attempt struct {
	*bench
	store, command string
	chain          []string // the steps to make checkpoints of
}

// stepFile is written before the checkpoint of a step.
func stepFile(step string) string { return "Windows/gild-step-" + step + ".txt" }

// die makes two checkpoints and ends the command the first time it runs: a mount at the
// beginning, a commit after the first checkpoint, an unmount at the end. It reports whether
// the command was ended in the middle.
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

// ignore drops the error of a command that was ended on purpose.
func ignore(err error) error {
	if errors.Is(err, errKilled) {
		return nil
	}
	return err
}

// recovered opens the image as the next run does, and compares its content with the
// checkpoint that the session reports. Then it carries out the remaining steps.
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
			return fmt.Errorf("the image lacks a file of checkpoint %s: %w", s.At(), err)
		case i >= reached && err == nil:
			return fmt.Errorf("the image has %s, which checkpoint %q does not have", stepFile(step), s.At())
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
