// Command gild builds golden Windows images from code.
//
// Each command is one file: its flags fill an options struct, and a run function
// takes a context, the options and the streams. Package view prints; package
// operation does the work.
package main

import (
	"context"
	"os"

	"github.com/gildhq/gild/cmd/gild/view"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], process()))
}

// process returns the environment in which the program runs.
func process() system {
	return system{
		streams: view.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr},
		getenv:  os.Getenv,
		environ: os.Environ,
	}
}
