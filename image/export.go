package image

import (
	"context"
)

// Exporter writes the image in its present state into a new file.
type Exporter interface {
	// Export writes a WIM file with only this image and syncs the file to the disk;
	// with SplitSize it writes a split image, whose files wim.PartName names. None of
	// the files may exist. The same image and options give the same bytes. Export reads
	// back what it wrote and compares it with its digests.
	Export(ctx context.Context, path string, opts ExportOptions) error
}

// ExportOptions say how the file is written, and what it contains in addition to the
// image.
type ExportOptions struct {
	Receipt  []byte                  // kept in the image's description, see [Info].Receipt
	Format   Format                  // of the file
	Progress func(done, total int64) // bytes written and expected; may be nil
	// ChangesOnly reads back only new content, not what was copied from the source.
	// That is faster, but damage in the source goes unnoticed.
	ChangesOnly bool
}

// Format says how a file is written. A zero field means: as in the source.
type Format struct {
	Compression Compression `json:"compression,omitempty"`
	ChunkSize   int         `json:"chunk_size,omitempty"` // bytes of content that are compressed together; 0 with another compression than the source's: 32768
	Integrity   *bool       `json:"integrity,omitempty"`  // whether there is a table of digests over the file
	SplitSize   int64       `json:"split_size,omitempty"` // largest size of one file of a split image, in bytes; 0: one file
}

// Compression is how a file is compressed, in DISM's words.
type Compression string

const (
	CompressMax  Compression = "max"  // LZX
	CompressFast Compression = "fast" // XPRESS
	CompressNone Compression = "none"
)

// IsZero reports whether everything is as in the source.
func (f Format) IsZero() bool { return f == Format{} }

// PartOwner is a [Backend] that can tell whether a file is part n of an output that gild
// has made. The journal of an interrupted run alone does not prove that.
type PartOwner interface {
	OwnsPart(name string, n int) bool
}
