package image

import "context"

// Verifier reads all content of the image as it stands and compares it with the
// digests that the image keeps. A folder keeps none.
type Verifier interface {
	// Verify returns what is damaged, ordered by name: nothing if all is as its digest
	// says. The error is that of a reading that could not be finished.
	Verify(ctx context.Context, opts VerifyOptions) ([]Damage, error)
}

// VerifyOptions say how content is verified.
type VerifyOptions struct {
	// Progress is told the bytes of content read and to be read, by several
	// goroutines at once; may be nil.
	Progress func(done, total int64)
	// Known are the SHA-1 digests of content that was verified before and is not read
	// again; Verify adds what it finds sound. nil: those that the session itself has
	// verified. Images of one file share most of their content.
	Known map[[20]byte]bool
}

// Damage is content that is not what its digest says.
type Damage struct {
	Name string // the first file that holds it; of a named stream with its name behind a colon
	Err  error
}
