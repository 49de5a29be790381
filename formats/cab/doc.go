// Package cab reads Microsoft cabinet files, the archives that Windows updates
// and drivers come in.
//
// [Open] and [NewReader] read what is at the front of a cabinet: its header,
// folders and files. A folder is a run of blocks that are compressed together;
// files are ranges of a folder's content. Content is decoded while it is read:
//
//   - [File.Open] decodes a folder from its start to the end of the file;
//   - [Reader.Contents] gives all files in the order of their content, so that
//     each folder is decoded once;
//   - a [Reader] is an [io/fs.FS] of the files under their [File.Path], which
//     never leads out of the folder it is put in.
//
// The checksums of blocks are verified where there are any. Stored, MSZIP and
// LZX folders are read. Quantum folders, an old kind that updates and drivers
// do not use, and cabinets that are part of a set are refused with
// [ErrUnsupported].
//
// A reader needs memory for what it lists, and per open file for a window of
// at most twice 2 MiB and a block. The content of a file may be thousands of
// times as large as the cabinet, and files may overlap; it is up to the caller
// to set limits to what is read.
//
// Sources: [MS-CAB] for the container, [MS-MCI] for MSZIP; LZX is in package
// formats/wim/lzx.
package cab

import (
	"errors"
	"fmt"
)

// Categories of failure; test with [errors.Is]. The errors that carry them name
// the cabinet, the place and the remedy where there is one.
var (
	ErrNotCabinet  = errors.New("not a cabinet file")
	ErrUnsupported = errors.New("unsupported cabinet file")
	ErrCorrupt     = errors.New("corrupt cabinet file")
)

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}
