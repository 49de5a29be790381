// Package layers stores the checkpoints of the backend offline: a layer is what changed
// in an image between two checkpoints. A layer consists of a manifest, named by its
// step ID, and the contents of new files. Contents are named by their SHA-256, kept
// once in the store, and shared by all layers that need them.
//
// Begin with [Open]. [Store.Stage] stores a content, [Store.Seal] makes a layer
// durable, [Store.Resume] finds the layers of a chain. A layer that exists is complete:
// contents are synced to the disk before the manifest that names them gets its name. A
// damaged layer is not used; the one below it is.
//
// Several runs may use a store at once. [Drop] needs exclusive use of the store.
package layers

import (
	"errors"

	"github.com/gildhq/gild/formats/nt"
)

// Categories of errors.
var (
	// ErrDamaged is the error of a layer that exists but can't be used.
	ErrDamaged = errors.New("damaged layer")
	// ErrBusy is returned by [Drop] while another session has the store open.
	ErrBusy = errors.New("checkpoint store is in use")
)

// Layer is what changed since the layer below it, or since the source.
type Layer struct {
	ID      string  // the step it was sealed after
	Parent  string  // the layer below; empty: the source itself
	Base    string  // fingerprint of the source
	Entries []Entry // each path once, sorted by path
	Access  []byte  // JSON of the rule for access to the output, if it changed; nil: it did not
}

// Kind says what an entry does with its path.
type Kind string

// The kinds of entries. An entry that only removes has no kind.
const (
	Dir    Kind = "dir"  // a folder, new or old
	File   Kind = "file" // a file with new content, new or in place of the old one
	Change Kind = "meta" // new metadata for a file or folder whose content stays
)

// Entry is the change to one path. To replay a layer, first make all removals, then
// the other changes in the order of the entries.
type Entry struct {
	Path    string // slash-separated, spelled as in the image
	Remove  bool   // first remove what the layer below has there, with everything in it
	Kind    Kind
	Content Content // of a File
	Meta    Meta    // of all kinds
}

// Content identifies the content of a file. The zero value is empty content.
type Content struct {
	SHA256 [32]byte
	SHA1   [20]byte
	Size   int64
}

// Meta is all of a file's metadata: the result, not the request.
type Meta struct {
	Attributes uint32
	Created    nt.Time
	Written    nt.Time
	Security   []byte // self-relative security descriptor; nil: none
}
