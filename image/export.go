package image

import "context"

// Exporter writes the image, as it stands, into a new file.
type Exporter interface {
	// Export writes a WIM file that holds this image alone, and flushes it to the
	// disk. The file must not exist. The same image and options give the same bytes.
	// What was written is read back and compared with its digests.
	Export(ctx context.Context, path string, opts ExportOptions) error
}

// ExportOptions say what goes into the file beside the image.
type ExportOptions struct {
	Receipt  []byte                  // kept in the image's description, see [Info].Receipt
	Progress func(done, total int64) // bytes written and expected; may be nil
	// ChangesOnly leaves what was copied as it is from the source out of the reading
	// back: quicker, but damage in the source is not noticed.
	ChangesOnly bool
}
