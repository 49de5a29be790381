package image

// Seal says whether an image is as gild wrote it: see [Info].
type Seal string

const (
	Unsealed   Seal = ""       // no seal: gild did not write the image, or a version of gild without seals did
	SealWhole  Seal = "whole"  // the image is as gild wrote it
	SealBroken Seal = "broken" // the image was changed since
)

// Differ is a session that can compare its image with another one.
type Differ interface {
	// Differences lists how the image differs from what gild made; made is open in the
	// same backend.
	Differences(made Session) ([]Difference, error)
}

// Difference is one difference of an image from what gild made.
type Difference struct {
	Kind   DifferenceKind `json:"kind"`
	Change ChangeKind     `json:"change"`
	// Path is that of a file, folder or registry key, or the name of a property in the
	// file's header or XML data.
	Path  string  `json:"path"`
	Value *string `json:"value,omitempty"` // name of the registry value; empty: the key's default value
	What  string  `json:"what,omitempty"`  // what changed in a file, or how much was added or removed
}

// DifferenceKind says what differs.
type DifferenceKind string

const (
	DiffersFile     DifferenceKind = "file"
	DiffersFolder   DifferenceKind = "folder"
	DiffersKey      DifferenceKind = "registry key"
	DiffersValue    DifferenceKind = "registry value"
	DiffersMetadata DifferenceKind = "metadata" // of the image or the file
)

// ChangeKind says what happened to it.
type ChangeKind string

const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)
