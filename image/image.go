// Package image is the contract between kinds of resources and open Windows images.
//
// Begin with [Backend], which opens an image and returns a [Session]. Everything that a
// session can do except committing is in small interfaces, its capabilities: [Files],
// [Registry], [Exporter] …; [As] finds them. Kinds of resources use capabilities and
// never a backend.
//
// A session is opened at the source or at the last checkpoint of its chain. It sees its
// own changes at once; [Session.Commit] makes them durable under a step ID;
// [Session.Close] discards what was not committed. Only one goroutine at a time may
// change a session; several may read. The backends are in the folders offline, dism and
// memory. Other folders have the code that backends share (hives, layers, fileaccess),
// readers of Windows' own data in an image (servicing, driverstore, international,
// health, answerfile), and the work for the first boot (firstboot, bootjob).
package image

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/go-hclog"
)

// ErrReadOnly is returned by every change to a session that was not opened for writing.
var ErrReadOnly = errors.New("image is open for reading only")

// ErrExchanged is the error of a file whose image is not the one of [OpenOptions].Fingerprint.
var ErrExchanged = errors.New("it holds another image than before")

// Ref names an image: one of those in a WIM file, or a folder that holds a
// mounted or applied image.
type Ref struct {
	Path  string // file or folder
	Index int    // image in the file, from 1; 0: by Name, or the only one in the file
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
	Fingerprint     string    // [Info].Fingerprint that the image must have, or nothing is done and the error is [ErrExchanged]; empty: any
	Name            string    // distinguishes sessions that have the same image open in one Store
	Store           string    // folder for checkpoints; required for writing to the image of a file
	Chain           []string  // step IDs, first to last: the session opens at the last one that is sealed in Store
	Clock           time.Time // timestamp of everything that is written
	AllowDirtyHives []string  // hives that may be rewritten although their transaction logs are lost
	Log             hclog.Logger

	// LogDir is the folder for the logs of programs that the backend runs; empty: one in Store.
	LogDir string
	// LogLevel is how much those programs log; [hclog.NoLevel]: their normal level.
	LogLevel hclog.Level
	// Silence is how long such a program may print nothing before it is ended; 0: no limit.
	Silence time.Duration
	// CleanupMountpoints is the user's consent to discard all invalid mounts of the
	// machine if a mount of an earlier session can't be unmounted.
	CleanupMountpoints bool
	// Scratch is the folder for temporary files of programs that the backend runs;
	// empty: one in Store. It must exist, and the caller removes it.
	Scratch string
	// Retry says how often a command is retried after a transient error.
	Retry Retry
	// Withhold removes sensitive values from a text before it is logged. Nil: there are none.
	Withhold func(string) string
	// Progress is called with the completed share of such a program's work, from 0 to 1. It may be
	// nil.
	Progress func(done float64)
	// Warn is called with warnings for the user. It may be nil.
	Warn func(text string)
}

// Session is an open image.
type Session interface {
	// Info returns the image's description of itself.
	Info(ctx context.Context) (Info, error)
	// At is the present checkpoint: the step ID at which the session was opened or
	// last committed; empty at the untouched source, and for a folder.
	At() string
	// Commit makes every change so far durable, under the ID of the last step done.
	// After an error the last checkpoint is as it was before.
	Commit(ctx context.Context, id string) error
	// Close discards what was not committed. It may be called twice.
	Close() error
}

// Info is an image's description of itself.
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
	Dirs, Files      int64 // in the session's present state; 0 for a folder, where counting takes time
	Bytes            int64 // content of all files, each hard link counted
	Created          time.Time
	Modified         time.Time
	// Fingerprint identifies the image's content in the file (every name, attribute,
	// time and byte), without the session's changes. To compute it, a backend reads the
	// image's list of files, but no content. Empty for a folder.
	Fingerprint string
	Parts       int      // number of files; more than 1 for a split image; 0 for a folder
	FileBytes   int64    // size of these files; 0 for a folder
	Receipt     []byte   // gild's record of how the image was made; nil if there is none
	Seal        Seal     // whether the image is as gild wrote it, with the receipt
	Warnings    []string // faults that do not prevent reading: dirty hives …
}
