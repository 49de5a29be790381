package cab

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
)

// mszip decompresses MSZIP: each block is "CK" and a deflate stream that may
// refer to the 32 KiB of content before it ([MS-MCI] §2.1.1).
type mszip struct {
	src     bytes.Reader
	inflate io.ReadCloser
	buffer  [2 * maxBlock]byte // the history, then the block
	history int                // bytes of history, right before the middle
	size    int                // of the block
}

func newMSZIP() *mszip {
	m := &mszip{}
	m.inflate = flate.NewReader(&m.src)
	return m
}

func (m *mszip) decode(src []byte, size int) ([]byte, error) {
	if !bytes.HasPrefix(src, []byte("CK")) {
		return nil, errors.New("the MSZIP data do not begin with CK")
	}
	copy(m.buffer[:maxBlock], m.buffer[m.size:])
	m.history = min(m.history+m.size, maxBlock)
	m.size = size
	m.src.Reset(src[2:])
	if err := m.inflate.(flate.Resetter).Reset(&m.src, m.buffer[maxBlock-m.history:maxBlock]); err != nil {
		return nil, err
	}
	out := m.buffer[maxBlock:][:size]
	if n, err := io.ReadFull(m.inflate, out); err != nil {
		return nil, fmt.Errorf("MSZIP data after %d of %d bytes: %w", n, size, err)
	}
	var more [1]byte
	if n, err := io.ReadFull(m.inflate, more[:]); n != 0 || err != io.EOF {
		return nil, fmt.Errorf("the MSZIP data do not end after %d bytes", size)
	}
	return out, nil
}
