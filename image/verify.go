package image

import "context"

// Verifier reads all content of the image in its present state and compares it with the
// digests in the image. A folder has none.
type Verifier interface {
	// Verify returns the damaged content, ordered by name: none if everything matches
	// its digest. It returns an error only if it could not finish reading.
	Verify(ctx context.Context, opts VerifyOptions) ([]Damage, error)
}

// VerifyOptions say how content is verified.
type VerifyOptions struct {
	// Progress is called with the bytes of content read and to be read, by several
	// goroutines at once; may be nil.
	Progress func(done, total int64)
	// Known are the SHA-1 digests of content that was verified before and is not read
	// again; Verify adds to it. nil: those that the session itself has verified. Images
	// in one file share most of their content.
	Known map[[20]byte]bool
}

// Damage is content that does not match its digest.
type Damage struct {
	Name string // the first file with this content; a named stream as file:stream
	Err  error
}
