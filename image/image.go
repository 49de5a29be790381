// Package image is what an open Windows image is and can do.
//
// A [Backend] opens an image and gives a [Session]. What a session can do
// beyond committing is a handful of small interfaces, the capabilities: [Files],
// [Registry], [Exporter] …, found with [As]. A kind of resource is written
// against capabilities and never against a backend.
//
// The life of a session: it is opened at the source or at the last checkpoint
// that still fits; changes are visible to the session at once; [Session.Commit]
// makes all of them durable under a name; [Session.Close] discards what was not
// committed. A session is used by one goroutine at a time; reading alone may be
// done by several.
package image

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/go-hclog"
)

// ErrReadOnly is returned by every change to a session that was not opened for writing.
var ErrReadOnly = errors.New("image is open for reading only")

// Ref names an image: one of those in a WIM file, or a folder that holds a
// mounted or applied image.
type Ref struct {
	Path  string // file or folder
	Index int    // image in the file, from 1; 0: by Name, or the only one there is
	Name  string // name of the image in the file
}

// Backend opens images.
type Backend interface {
	Name() string
	// Offers lists the capabilities of the sessions it opens for writing.
	Offers() []Capability
	// Open opens the image. The file that ref names is never changed; a folder is changed in place.
	Open(ctx context.Context, ref Ref, opts OpenOptions) (Session, error)
}

// OpenOptions say how an image is opened. The zero value opens it for reading.
type OpenOptions struct {
	Write           bool
	Name            string    // tells sessions apart that have the same image open in one Store: each has a name of its own
	Store           string    // folder for checkpoints; required for writing to the image of a file
	Chain           []string  // step IDs, first to last: the session opens at the last one that is sealed in Store
	Clock           time.Time // the time given to everything that is written
	AllowDirtyHives []string  // hives that may be rewritten although their transaction logs are lost
	Log             hclog.Logger

	// LogDir is the folder for the logs of programs that the backend runs; empty: one in Store.
	LogDir string
	// LogLevel is how much those programs log; [hclog.NoLevel]: as much as tells of what they do.
	LogLevel hclog.Level
	// Silence is how long such a program may print nothing before it is ended; 0: for ever.
	Silence time.Duration
	// CleanupMountpoints is the user's consent to give up the invalid mounts of the whole
	// machine, where one that an earlier session has left can't be unmounted.
	CleanupMountpoints bool
	// Scratch is the folder for temporary files of programs that the backend runs;
	// empty: one in Store. It is there, and whoever opened the image removes it.
	Scratch string
	// Retry says how often a command is tried that something else was in the way of.
	Retry Retry
	// Withhold returns a text without what must not be shown, for all that is logged. Nil: all may be.
	Withhold func(string) string
	// Progress is told how much of the work of such a program is done, from 0 to 1. It may be nil.
	Progress func(done float64)
	// Warn is told of what is no error and yet for the user to know. It may be nil.
	Warn func(text string)
}

// Session is an open image.
type Session interface {
	// Info tells what the image says of itself.
	Info(ctx context.Context) (Info, error)
	// At is the checkpoint the session stands on: the step ID it was opened at or
	// last committed under; empty at the untouched source, and for a folder.
	At() string
	// Commit makes every change so far durable, under the ID of the last step done.
	// When it returns an error, the last checkpoint is as it was.
	Commit(ctx context.Context, id string) error
	// Close discards what was not committed. Closing twice is no error.
	Close() error
}

// Info is what an image says of itself.
type Info struct {
	Name             string
	Description      string
	Index            int
	Arch             string // x86, amd64, arm, arm64 …, as Windows names it; empty if unknown
	Edition          string // edition ID: Professional, ServerStandard …
	InstallationType string // Client, Server, Server Core, WindowsPE
	ProductName      string
	Version          string // major.minor.build.revision
	Languages        []string
	DefaultLanguage  string
	Dirs, Files      int64 // as things stand in the session; 0 for a folder, where counting is not free
	Bytes            int64 // content of all files, each hard link counted
	Created          time.Time
	Modified         time.Time
	// Fingerprint identifies the image's content as it is in the file, whatever was
	// changed since: every name, attribute, time and byte of it. It costs as much as
	// the image's list of files, not its content. Empty for a folder.
	Fingerprint string
	Parts       int      // files that the image is in; more than 1 of a split one; 0 for a folder
	FileBytes   int64    // size of these files; 0 for a folder
	Receipt     []byte   // what gild wrote into the image about how it was made; nil if there is none
	Seal        Seal     // whether the image is as gild wrote it, with the receipt
	Warnings    []string // what the reader could read but does not like: dirty hives …
}
