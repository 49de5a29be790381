package wim

import (
	"bytes"
	"context"
	"fmt"
)

// VerifyIntegrity compares the file with its integrity table; of a split WIM each
// part with its own. It returns [ErrNoIntegrityTable] where there is none.
func (f *File) VerifyIntegrity(ctx context.Context) error {
	for _, p := range f.parts {
		if err := f.verifyPart(ctx, p); err != nil {
			return &fileError{p.name, err}
		}
	}
	return nil
}

func (f *File) verifyPart(ctx context.Context, p part) error {
	t, err := f.readIntegrity(p)
	if err != nil {
		return err
	}
	sums, err := sumChunks(ctx, p.src, p.covered(), t.chunk, nil)
	if err != nil {
		return err
	}
	for i := 0; i < len(sums); i += sumSize {
		if !bytes.Equal(sums[i:i+sumSize], t.sums[i:i+sumSize]) {
			at := headerSize + int64(i/sumSize)*t.chunk
			return fmt.Errorf("%w: the bytes at offset %d to %d do not match the integrity table; "+
				"the file is damaged: fetch it again", ErrCorrupt, at, min(at+t.chunk, headerSize+p.covered()))
		}
	}
	return nil
}
