package main

import (
	"errors"
	"fmt"

	"github.com/gildhq/gild/operation"
)

// Exit codes of the program.
const (
	exitOK          = 0
	exitError       = 1
	exitChanges     = 2   // plan -detailed-exitcode: there is something to do; first-boot status: not all is done yet
	exitUnformatted = 3   // fmt -check: a file is not in canonical form
	exitDamaged     = 4   // verify: something is wrong with the image; first-boot status: something has failed
	exitSkipped     = 5   // apply: done without what on_error = "skip" allows to leave out
	exitInterrupted = 130 // as shells report a program that Ctrl-C ended
)

// exitCodes is part of the program's help.
const exitCodes = `Exit codes:

  0    done; with plan -detailed-exitcode: nothing to change
  1    error
  2    plan -detailed-exitcode: there are changes; first-boot status: not all is done
       yet
  3    fmt -check: a file is not formatted
  4    verify: something is wrong with the image; first-boot status: something has
       failed
  5    apply: done, without resources that failed and have on_error = "skip"
  130  interrupted`

// A result ends the program with an exit code without an error message.
type result int

func (r result) Error() string { return fmt.Sprintf("exit code %d", int(r)) }

// exitCode returns the code the program ends with after err.
func exitCode(err error) int {
	var r result
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &r):
		return int(r)
	case operation.Interrupted(err):
		return exitInterrupted
	}
	return exitError
}
