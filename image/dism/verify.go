package dism

import (
	"context"

	"github.com/gildhq/gild/image"
)

// Verify implements [image.Verifier]. A mounted image keeps no digests of what is
// changed in it: what is verified is the image that the working one was made of,
// and, when it is written, the output.
func (s *session) Verify(ctx context.Context, opts image.VerifyOptions) ([]image.Damage, error) {
	v, _ := image.As[image.Verifier](s.source)
	return v.Verify(ctx, opts)
}
