package health

import (
	"context"
	"errors"

	"github.com/gildhq/gild/image"
)

// ErrNoDigests is returned if content is to be verified but the image has no
// digests, as in a folder.
var ErrNoDigests = errors.New("the image has no digests to verify its content with")

// content reads all content.
func (c *checker) content(ctx context.Context) (Result, error) {
	r := Result{Area: Content, Things: "files"}
	v, ok := image.As[image.Verifier](c.session)
	if !ok {
		return r, ErrNoDigests
	}
	info, err := c.session.Info(ctx)
	if err != nil {
		return r, err
	}
	r.Looked = int(info.Files)
	damaged, err := v.Verify(ctx, c.options.Verify)
	for _, d := range damaged {
		r.add(d.Name, "is damaged: "+d.Err.Error(), otherSource)
	}
	return r, err
}
