package image

import "time"

// Keeper is a [Backend] that keeps checkpoints in a store.
type Keeper interface {
	// Checkpoints lists the checkpoints in the store that this backend made.
	Checkpoints(store string) ([]Checkpoint, error)
	// Sealed returns how many steps of opts.Chain, on the source with the fingerprint,
	// are in checkpoints: a session for writing would open at the last of them. Sealed
	// reads no contents, so only that session may find damage.
	Sealed(fingerprint string, opts OpenOptions) (steps int, err error)
	// Contents lists what a checkpoint changed. A backend whose checkpoints are whole
	// images gives [errors.ErrUnsupported].
	Contents(store, id string) ([]Content, error)
	// Drop removes checkpoints, all that build on them, and the leftovers of
	// interrupted runs. It returns the number of bytes freed. No session may have the
	// store open.
	Drop(store string, ids []string) (freed int64, err error)
}

// Checkpoint is the state of an image after a step, kept in a store.
type Checkpoint struct {
	ID     string    // ID of the last step in it
	Parent string    // the checkpoint it builds on, which it needs; empty: the source
	Used   time.Time // when a session last used it, by the machine's clock
	Pieces []Piece   // what it takes in the store, without the pieces of its parents
	Damage error     // why it can't be used; nil if no damage is known
}

// Piece is something in a store that takes room and that checkpoints may share.
type Piece struct {
	Name string
	Size int64
}

// Content is the change of a checkpoint to one path of the image.
type Content struct {
	Path    string
	Removed bool   // what was there is removed first
	Written bool   // it is a file with new content
	Folder  bool   // it is a folder
	Size    int64  // bytes of new content
	Hive    string // name of the hive that it is; empty: none
}
