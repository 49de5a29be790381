package image

// Seal tells whether an image is as it was when gild wrote it: see [Info].
type Seal string

const (
	Unsealed   Seal = ""       // it has no seal: gild did not write it, or a version of gild without seals did
	SealWhole  Seal = "whole"  // it is as gild wrote it
	SealBroken Seal = "broken" // it was changed since
)

// Differ is a session that can compare its image with another one.
type Differ interface {
	// Differences lists how the image differs from what gild made, which is open in a
	// session of the same backend.
	Differences(made Session) ([]Difference, error)
}

// Difference is one difference of an image from what gild made.
type Difference struct {
	Kind   DifferenceKind `json:"kind"`
	Change ChangeKind     `json:"change"`
	// Path is that of a file or folder, the path of a registry key, or the name of what
	// the file's header or XML says.
	Path  string  `json:"path"`
	Value *string `json:"value,omitempty"` // name of the registry value; empty: the key's default value
	What  string  `json:"what,omitempty"`  // what changed in a file, or how much was added or removed
}

// DifferenceKind is what a difference is about.
type DifferenceKind string

const (
	DiffersFile     DifferenceKind = "file"
	DiffersFolder   DifferenceKind = "folder"
	DiffersKey      DifferenceKind = "registry key"
	DiffersValue    DifferenceKind = "registry value"
	DiffersMetadata DifferenceKind = "metadata" // of the image or the file
)

// ChangeKind is what happened to something.
type ChangeKind string

const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)
