package cab

import (
	"fmt"

	"github.com/gildhq/gild/formats/wim/lzx"
)

// lzxFolder decompresses LZX: each block is a frame.
type lzxFolder struct{ stream *lzx.Stream }

func newLZX(window int) (codec, error) {
	stream, err := lzx.NewStream(window)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return lzxFolder{stream}, nil
}

func (l lzxFolder) decode(src []byte, size int) ([]byte, error) { return l.stream.Frame(src, size) }
