// Package layers is a store of sealed layers: what was changed in an image
// between two checkpoints. A layer is a manifest, named by the step ID it was
// sealed under, and the contents of new files, which are kept once per store
// under their SHA-256 and shared by all layers that need them.
//
// A layer that is there is whole: contents are flushed before the manifest
// that names them gets its name. What is found damaged all the same is not
// used; [Store.Find] falls back to the layer below it.
//
// Several runs may use a store at once. [Drop] needs it for itself.
package layers

import (
	"errors"

	"github.com/gildhq/gild/formats/nt"
)

// Categories of errors.
var (
	// ErrDamaged is an error of a layer that is there and can't be used.
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
	Access  []byte  // JSON of what was decided on the access to the output; nil: nothing
}

// Kind says what an entry makes of its path.
type Kind string

// The kinds of entries. An entry that only removes has no kind.
const (
	Dir    Kind = "dir"  // a folder, new or there already
	File   Kind = "file" // a file with new content, new or in place of the old one
	Change Kind = "meta" // other metadata for a file or folder that stays as it is
)

// Entry is what became of one path. To carry out a layer, first remove what is
// to be removed, then do the rest in the order of the entries.
type Entry struct {
	Path    string // slash-separated, spelled as in the image
	Remove  bool   // what the layer below has there goes, with all that is in it
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

// Meta is all of a file's metadata, as it is to be and not as it was asked for.
type Meta struct {
	Attributes uint32
	Created    nt.Time
	Written    nt.Time
	Security   []byte // self-relative security descriptor; nil: none
}
