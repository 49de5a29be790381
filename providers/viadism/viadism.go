// Package viadism runs DISM for the ways of kinds that service the image now.
//
// Each start of DISM takes seconds, but a command takes several arguments at once. So these ways
// get all their changes together, and give DISM as many as fit into a command line.
package viadism

import (
	"context"
	"errors"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
)

// Effect is that of a change that DISM makes in the image.
func Effect() providers.Effect { return providers.Now("by DISM") }

// Exit codes that ways handle ([image.ServicingError]).
const (
	Pending       = 0x800f0806 // CBS_E_PENDING: refused while other work is pending
	NotApplicable = 0x800f081e // CBS_E_NOT_APPLICABLE: also if a newer version is there
)

// Needs returns the capabilities a session must have for DISM, and further ones that a way needs.
func Needs(more ...image.Capability) []image.Capability {
	return append([]image.Capability{image.CanService}, more...)
}

// maxLine limits the arguments of one command, in UTF-16 code units: the 32,767 that Windows passes
// to a program (CreateProcess), less room for the program and the options of every command.
const maxLine = 30000

// Run runs one command.
func Run(ctx context.Context, s image.Session, args ...string) error {
	d, err := providers.Need[image.Servicer](s, image.CanService)
	if err != nil {
		return err
	}
	_, err = d.Dism(ctx, args...)
	return err
}

// RunEach runs a command with one option for each value, in order, followed by the common
// arguments. It runs several commands if one command line would be too long, and none without
// values.
func RunEach(ctx context.Context, s image.Session, command, option string, values []string, with ...string) error {
	for some := range split(option, values, maxLine-length(append([]string{command}, with...))) {
		if err := Run(ctx, s, slices.Concat([]string{command}, some, with)...); err != nil {
			return err
		}
	}
	return nil
}

// split yields groups of arguments option:value that fit into one command line.
func split(option string, values []string, room int) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		var some []string
		left := room
		for _, v := range values {
			arg := option + ":" + v
			n := length([]string{arg})
			if len(some) > 0 && n > left {
				if !yield(some) {
					return
				}
				some, left = nil, room
			}
			some, left = append(some, arg), left-n
		}
		if len(some) > 0 {
			yield(some)
		}
	}
}

// length is the length of arguments on a command line, each in quotation marks and after a blank.
func length(args []string) int {
	n := 0
	for _, a := range args {
		n += len(utf16.Encode([]rune(a))) + 3 + strings.Count(a, `"`)
	}
	return n
}

// Code returns DISM's exit code from an error; 0 for other errors.
func Code(err error) uint32 {
	var failed image.ServicingError
	if errors.As(err, &failed) {
		return failed.ExitCode()
	}
	return 0
}

// Path returns the absolute path of a payload, for DISM.
func Path(host providers.Host, name string) (string, error) {
	return filepath.Abs(host.Path(name))
}

// Unqueue removes the job for a thing from the queue of the first boot, as its work is done now.
func Unqueue(s image.Session, kind, name string) error {
	if _, ok := image.As[image.FirstBoot](s); !ok {
		return nil // the image has no queue
	}
	return bootjob.Unqueue(s, kind, name)
}
