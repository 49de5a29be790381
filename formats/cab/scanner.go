package cab

import (
	"bytes"
	"io"
)

// maxName is the most bytes a string has, with the zero at its end.
const maxName = 256

// A scanner reads forward through r up to limit.
type scanner struct {
	r     io.ReaderAt
	at    int64
	limit int64
	ahead []byte // what was read from at on
}

// jump goes on at another place.
func (s *scanner) jump(to int64) { s.at, s.ahead = to, nil }

// peek returns up to n bytes without taking them.
func (s *scanner) peek(n int) ([]byte, error) {
	if len(s.ahead) < n && s.at+int64(len(s.ahead)) < s.limit {
		b := make([]byte, min(int64(max(n, 8<<10)), s.limit-s.at))
		got, err := s.r.ReadAt(b, s.at)
		if err != nil && err != io.EOF {
			return nil, err
		}
		s.ahead = b[:got]
	}
	return s.ahead[:min(n, len(s.ahead))], nil
}

// take returns the next n bytes. They are valid until the next call.
func (s *scanner) take(n int) ([]byte, error) {
	b, err := s.peek(n)
	if err == nil && len(b) < n {
		err = corrupt("it ends at byte %d, within a structure of %d bytes at byte %d", s.at+int64(len(b)), n, s.at)
	}
	if err != nil {
		return b, err
	}
	s.at, s.ahead = s.at+int64(n), s.ahead[n:]
	return b, nil
}

// keep returns the next n bytes for good.
func (s *scanner) keep(n int) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	b, err := s.take(n)
	return bytes.Clone(b), err
}

// text returns a string without the zero at its end.
func (s *scanner) text() ([]byte, error) {
	b, err := s.peek(maxName)
	if err != nil {
		return nil, err
	}
	end := bytes.IndexByte(b, 0)
	if end < 0 {
		return nil, corrupt("the name at byte %d has no end within %d bytes", s.at, len(b))
	}
	b, err = s.take(end + 1)
	return b[:end], err
}
