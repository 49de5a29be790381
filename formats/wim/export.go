package wim

import (
	"context"
	"io"
)

// Export writes a new file to dst with images of src: those with the given indexes,
// from 1, or all for nil. What no image holds is left behind. Without change of
// compression and chunk size blobs are copied as they are, unread; [File.Verify]
// reports whether they are sound. o.BootIndex counts the images written; a nil o.XML
// means the XML of src.
func Export(ctx context.Context, dst io.WriteSeeker, src *File, indexes []int, o Options) error {
	b, err := NewBuilder(o)
	if err != nil {
		return err
	}
	if o.XML == nil {
		b.options.XML = src.xml
	}
	b.options.RPFix = o.RPFix || src.header.Flags&FlagRPFix != 0
	if indexes == nil {
		for i := range src.header.ImageCount {
			indexes = append(indexes, i+1)
		}
	}
	for _, i := range indexes {
		image, err := src.Image(i)
		if err != nil {
			return err
		}
		if err := b.AddImage(image.Root, image.Info, src); err != nil {
			return src.wrap(err)
		}
	}
	return b.Write(ctx, dst)
}
