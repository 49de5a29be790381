// Command gild builds golden Windows images from code.
//
// Each command is one file: its flags fill an options struct, and a run function
// takes a context, the options and the streams. What is printed is printed by
// package view.
package main

import (
	"context"
	"os"

	"github.com/gildhq/gild/cmd/gild/view"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], process()))
}

// process returns what the program is given by the system.
func process() system {
	return system{
		streams: view.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr},
		getenv:  os.Getenv,
		environ: os.Environ,
	}
}
