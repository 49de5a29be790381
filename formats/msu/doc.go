// Package msu tells what a Windows update package is: its identity, its kind
// and what it asks for, out of its update.mum.
//
// A package is a folder that holds update.mum. It comes as such a folder, as a
// cabinet of its files, or as a .msu file, which carries one or more packages as
// cabinets (and, in a WIM file as .msu files are since Windows 11 24H2, also as WIM
// files) and data for Windows Update. [Inspect] reads any of these where it is;
// nothing is unpacked to disk.
//
// The schema of update.mum is not published. What is read here is what the
// updates that Microsoft ships have in common.
package msu

import (
	"errors"
	"fmt"
)

// Categories of failure; test with [errors.Is]. A container that can't be read
// gives the error of package cab or wim.
var (
	// ErrNotPackage: it is not an update package.
	ErrNotPackage = errors.New("not a Windows update package")
	// ErrCorrupt: its update.mum makes no sense.
	ErrCorrupt = errors.New("corrupt Windows update package")
)

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}
