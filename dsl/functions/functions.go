// Package functions is the library of functions of the configuration language.
//
// A function's result depends on its arguments and the module's files alone:
// nothing tells the time, draws random numbers, reads the environment or leaves
// the module's folder, so that the same module always means the same.
package functions

import (
	"io/fs"

	"github.com/zclconf/go-cty/cty/function"
)

// mark is the type of marks, so that no other package's mark is equal to ours.
type mark string

// Sensitive marks values that must never be shown.
const Sensitive = mark("sensitive")

// Table returns all functions by their names. Files are read from fsys.
func Table(fsys fs.FS) map[string]function.Function {
	return map[string]function.Function{}
}
