package dismemu

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"
)

// failure is an error as DISM reports it.
type failure struct {
	code  uint32
	lines []string
}

func (f *failure) Error() string { return strings.Join(f.lines, " ") }

// Codes that are used in several places.
const (
	errNotFound     = 2
	errPathNotFound = 3
	errDenied       = 5
	errUnsupported  = 50
	errParameter    = 87
	errDiskFull     = 112
	errElevation    = 740

	errOpenFiles   = 0xc1420117
	errNotEmpty    = 0xc1420114
	errNotMounted  = 0xc142010b
	errMounted     = 0xc1420127
	errDirTaken    = 0xc1420113
	errSplit       = 0xc1420130
	errCompression = 0xc142013c
	errChanged     = 0xc1420122
	errReadOnly    = 0xc1510111
	errCommitRO    = 0xc142010c
	errNoIndex     = 0xc1510113
	errNotOnline   = 0xc004000e
)

// fail returns a failure with one line.
func fail(code uint32, format string, args ...any) error {
	return &failure{code: code, lines: []string{fmt.Sprintf(format, args...)}}
}

func unknownOption(name string) error {
	return &failure{code: errParameter, lines: []string{"The " + strings.ToLower(name) + " option is unknown.", helpLine}}
}

func missingOption(name string) error {
	return &failure{code: errParameter, lines: []string{"A required option is missing from the command-line: " + name + ".", helpLine}}
}

// codeOf returns the Win32 error that an error of the file system stands for.
func codeOf(err error) uint32 {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errNotFound
	case errors.Is(err, fs.ErrPermission):
		return errDenied
	case errors.Is(err, syscall.ENOSPC):
		return errDiskFull
	case errors.Is(err, context.Canceled):
		return 1223 // ERROR_CANCELLED
	}
	return 31 // ERROR_GEN_FAILURE
}

// codeText is a code as DISM prints it.
func codeText(code uint32) string {
	if code < 1<<16 {
		return fmt.Sprint(code)
	}
	return fmt.Sprintf("0x%08x", code)
}

func sentence(err error) string {
	r, n := utf8.DecodeRuneInString(err.Error())
	return string(unicode.ToUpper(r)) + err.Error()[n:] + "."
}
