package image

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"
)

// Remedy says what may help after an error. The zero value is [RemedyNone].
type Remedy string

const (
	// RemedyNone: a retry would fail. The payload, the image or the configuration has
	// to be changed.
	RemedyNone Remedy = ""
	// RemedyWait: a transient error, because another program was in the way. A retry
	// may succeed.
	RemedyWait Remedy = "wait"
	// RemedyRedo: a transient error that left an untrustworthy image. Open the image at
	// its last checkpoint, and make the steps since then again.
	RemedyRedo Remedy = "redo"
	// RemedyRoom: a disk is full. Nothing works before there is room, and the step is
	// not at fault.
	RemedyRoom Remedy = "room"
)

// RemedyOf returns what may help after an error: the result of its method Helps, if it
// has one, or what is known about errors of the operating system.
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

// reading are the operations, by their names in package os, whose errors change
// nothing. An error while writing may leave something behind.
var reading = []string{"open", "read", "pread", "seek", "stat", "lstat", "fstat", "readdir", "readdirent", "CreateFile", "GetFileAttributesEx"}
