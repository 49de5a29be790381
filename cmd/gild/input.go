package main

import (
	"bufio"
	"context"
	"io"
)

// lineReader reads lines, and can stop waiting for one.
type lineReader struct {
	in *bufio.Scanner
}

func newLineReader(in io.Reader) *lineReader {
	s := bufio.NewScanner(in)
	s.Buffer(nil, 1<<20)
	return &lineReader{in: s}
}

// next returns the next line without its end; io.EOF when there is none. After
// an error, reading is over.
func (r *lineReader) next(ctx context.Context) (string, error) {
	ready := make(chan error, 1)
	go func() {
		switch {
		case r.in.Scan():
			ready <- nil
		case r.in.Err() != nil:
			ready <- r.in.Err()
		default:
			ready <- io.EOF
		}
	}()
	select {
	case err := <-ready:
		return r.in.Text(), err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
