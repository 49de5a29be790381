package main

import (
	"fmt"
	"os"

	"github.com/gildhq/gild/internal/crash"
)

// tracing returns the program that starts others so that they can be cut.
func tracing() map[string]func() {
	return map[string]func(){
		"traced": func() {
			fmt.Fprintln(os.Stderr, crash.Exec(os.Args[1:]))
			os.Exit(1)
		},
	}
}
