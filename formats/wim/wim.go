// Package wim reads and writes the container of the Windows imaging format:
// a file that holds images, each a tree of files, over one store of blobs
// that are kept once, addressed by the SHA-1 of their content, and compressed
// in chunks that can be read at random.
//
//   - [Open] reads a file: its header, its blobs, its XML, and its images as
//     trees of [Node] that are also an [io/fs.FS].
//   - [Builder] writes a new file in one pass from trees and content; blobs of
//     another file with the same compression are copied as they are. [Export]
//     is the usual case. [Capture] makes a tree of a directory.
//   - [Update] appends to a file and makes the change visible with the very
//     last write, so that whatever interrupts it leaves the file as it was.
//
// What is written is a function of what is passed in: no clock and no random
// numbers. Sources: Microsoft, "Windows Imaging File Format (WIM)" (2007), here
// cited as [WIM]; where it is silent or out of date, what Windows and wimlib
// write. Solid (LZMS) resources and pipable files are refused. A split WIM is read
// through its first part, and written by [Builder.WriteParts].
package wim

import (
	"encoding/hex"
	"errors"
)

// Categories of failure; test with [errors.Is]. The errors that carry them
// name the file, the place and the remedy where there is one.
var (
	ErrNotWIM           = errors.New("not a WIM file")
	ErrUnsupported      = errors.New("unsupported WIM file")
	ErrCorrupt          = errors.New("corrupt WIM file")
	ErrNoIntegrityTable = errors.New("no integrity table")
	ErrBlobNotFound     = errors.New("blob not found")
	ErrImageNotFound    = errors.New("no such image")
)

// Hash is the SHA-1 of a blob's uncompressed content. The zero hash stands for
// the empty stream, which has no blob.
type Hash [20]byte

// IsZero reports whether h stands for the empty stream.
func (h Hash) IsZero() bool { return h == Hash{} }

// String returns h in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// GUID identifies a WIM file, in the byte order of the file.
type GUID [16]byte

// String returns g in hexadecimal in the byte order of the file.
func (g GUID) String() string { return hex.EncodeToString(g[:]) }
