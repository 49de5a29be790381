package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/firstboot"
)

// showFirstBoot shows what a machine does at the first boot of an image.
func showFirstBoot(ctx context.Context, ref image.Ref, json bool, a *app) (err error) {
	s, err := a.OpenImage(ctx, ref)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	queue, hasQueue := image.As[image.FirstBoot](s)
	files, hasFiles := image.As[image.Files](s)
	if !hasQueue || !hasFiles {
		return fmt.Errorf("%s: is not open in a way that shows its first boot", refText(ref))
	}
	actions, err := queue.QueuedActions()
	if err != nil {
		return fmt.Errorf("%s: %w", refText(ref), err)
	}
	var driver []byte
	if len(actions) > 0 {
		if driver, err = fs.ReadFile(files, firstboot.Driver); err != nil {
			return fmt.Errorf("%s: %w", refText(ref), err)
		}
	}
	return a.print(view.NewFirstBoot(refText(ref), actions, driver), json)
}
