package image

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"
)

// Remedy is what helps after an error, besides reading it.
type Remedy string

const (
	// RemedyNone: the same would fail again. The payload, the image or the configuration
	// is to be changed.
	RemedyNone Remedy = ""
	// RemedyWait: something else was in the way. The same may work in a moment.
	RemedyWait Remedy = "wait"
	// RemedyRedo: what was wrong may pass. The image has to be opened at its last
	// checkpoint, and what was done since then made again.
	RemedyRedo Remedy = "redo"
	// RemedyRoom: a disk is full. Nothing will work before there is room, and it is not
	// the fault of what was being done.
	RemedyRoom Remedy = "room"
)

// RemedyOf returns what helps after an error. An error that knows has a method
// Helps; of others, those of the operating system are known.
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

// reading are the operations, as package os names them, in which what goes wrong
// with a disk or a network leaves nothing behind. What was written is another matter.
var reading = []string{"open", "read", "pread", "seek", "stat", "lstat", "fstat", "readdir", "readdirent", "CreateFile", "GetFileAttributesEx"}
