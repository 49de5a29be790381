package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// output is a standard output that is a file or a pipe. It remembers write errors,
// so that no reader takes a part for the whole.
type output struct {
	io.Writer
	err error // the first one
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("the standard output can't be written, what was printed is not complete: %w", err)
	}
	return n, err
}

// watchOutput makes the app notice write errors of its output, and returns a
// function that returns the first one.
func (a *app) watchOutput() func() error {
	if f, ok := a.streams.Out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return func() error { return nil }
	}
	o := &output{Writer: a.streams.Out}
	a.streams.Out = o
	return func() error { return o.err }
}
