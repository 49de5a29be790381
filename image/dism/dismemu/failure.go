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

// errDied is the end of a process that was killed.
var errDied = errors.New("killed")

// Codes used in several places.
const (
	errNotFound     = 2
	errPathNotFound = 3
	errDenied       = 5
	errFormat       = 11
	errShared       = 32
	errUnsupported  = 50
	errParameter    = 87
	errDiskFull     = 112
	errTooLong      = 206
	errElevation    = 740

	errInvalidPackage  = 0x800f0805
	errPending         = 0x800f0806
	errUnknownUpdate   = 0x800f080c
	errArchitecture    = 0x800f081b
	errNotApplicable   = 0x800f081e
	errSourceMissing   = 0x800f081f
	errNewStack        = 0x800f0823
	errCannotUninstall = 0x800f0825
	errUnserviceable   = 0x800f0830
	errDownload        = 0x800f0906
	errCheckpoint      = 0x80070228
	errRemoveApp       = 0x80073cfa

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
	errRemount     = 0xc1510114
	errInvalid     = 0xc1510115
	errBusy        = 0xc15101fd
	errProductKey  = 0xc004000f
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

// cannotOpen is the failure for a missing package. Its text contains the relevant code again.
func cannotOpen(name string) error {
	return &failure{code: errPathNotFound, lines: []string{"An error occurred trying to open - " + name + " Error: 0x80070003", "", "The system cannot find the path specified."}}
}

// codeOf returns the Win32 error for an error of the file system.
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

func sentence(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[n:] + "."
}
