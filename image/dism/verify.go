package dism

import (
	"context"

	"github.com/gildhq/gild/image"
)

// Verify implements [image.Verifier]. A mounted image has no digests of changed files:
// Verify verifies the source of the working image; the output is verified when it is
// written.
func (s *session) Verify(ctx context.Context, opts image.VerifyOptions) ([]image.Damage, error) {
	v, _ := image.As[image.Verifier](s.source)
	return v.Verify(ctx, opts)
}
