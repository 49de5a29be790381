package image

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"
)

// Remedy says what may help after an error.
type Remedy string

const (
	// RemedyNone: it would fail again. The payload, the image or the configuration has
	// to be changed.
	RemedyNone Remedy = ""
	// RemedyWait: a transient error, because something else was in the way. It may
	// work in a moment.
	RemedyWait Remedy = "wait"
	// RemedyRedo: a transient error that spoiled the image. Open the image at its
	// last checkpoint, and make the steps since then again.
	RemedyRedo Remedy = "redo"
	// RemedyRoom: a disk is full. Nothing works before there is room, and the step is
	// not to blame.
	RemedyRoom Remedy = "room"
)

// RemedyOf returns what helps after an error: what its method Helps says, if it has
// one, or what is known of errors of the operating system.
func RemedyOf(err error) Remedy {
	var knows interface{ Helps() Remedy }
	var number syscall.Errno
	if errors.As(err, &knows) {
		return knows.Helps()
	}
	if !errors.As(err, &number) {
		return RemedyNone
	}
	if slices.Contains(full, number) {
		return RemedyRoom
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok && slices.Contains(reading, path.Op) && slices.Contains(passing, number) {
		return RemedyRedo
	}
	return RemedyNone
}

// reading are the operations, by the names of package os, whose errors leave nothing
// behind. An error while writing may.
var reading = []string{"open", "read", "pread", "seek", "stat", "lstat", "fstat", "readdir", "readdirent", "CreateFile", "GetFileAttributesEx"}
