// Package regtext reads and applies the text form of registry keys, the .reg files that
// regedit exports and imports.
//
// [Parse] turns a file into a list of operations, [Apply] carries them out on
// a hive. Both generations of the
// format are known: "Windows Registry Editor Version 5.00" (Unicode) and
// "REGEDIT4" (the ANSI code page, taken to be 1252). The format holds names,
// types and data, but no times, classes or security descriptors.
//
// Source: Microsoft, "How to add, modify, or delete registry subkeys and values
// by using a .reg file" (KB 310516). The str(n): form of Wine and hivexregedit
// is read as well.
package regtext

import "github.com/gildhq/gild/formats/hive"

// Headers of the two generations.
const (
	Header5 = "Windows Registry Editor Version 5.00"
	Header4 = "REGEDIT4"
)

// Action is what an operation does.
type Action int

// The actions.
const (
	CreateKey   Action = iota // make sure that the key exists
	DeleteKey                 // remove the key with all below it, if it exists
	SetValue                  // set a value; its key exists by then
	DeleteValue               // remove a value, if it exists
)

// An Op is one operation of a .reg file.
type Op struct {
	Line   int // where it begins, from 1
	Action Action
	Key    string // path as it is written, as a rule from HKEY_LOCAL_MACHINE on
	Name   string // of the value; empty for the default value
	Type   hive.ValueType
	Data   []byte // as a hive holds it, strings in UTF-16
}
