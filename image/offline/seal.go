package offline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
)

// An output with a receipt also has a seal: a digest of its list of files, which
// contains the digests of all contents, of its XML data and of its header. A program
// that changes the image without updating the seal breaks it.

const sealName = "SEAL"

// shape returns the properties of the WIM file that a seal covers. They are stored as
// text, so that a broken seal shows what was changed.
func shape(compression wim.Compression, chunk, boot int, integrity bool) []wim.Attr {
	if compression == wim.None {
		chunk = 0
	}
	return []wim.Attr{
		{Name: "COMPRESSION", Value: compression.String()},
		{Name: "CHUNKSIZE", Value: strconv.Itoa(chunk)},
		{Name: "BOOTINDEX", Value: strconv.Itoa(boot)},
		{Name: "INTEGRITY", Value: strconv.FormatBool(integrity)},
	}
}

func shapeOf(f *wim.File) []wim.Attr {
	h := f.Header()
	return shape(h.Compression, h.ChunkSize, h.BootIndex, f.HasIntegrityTable())
}

// seal adds the seal to the XML data of an image with a receipt.
func seal(about []wim.Attr) func(wim.Hash, *wim.Element) {
	return func(metadata wim.Hash, xml *wim.Element) {
		if xml.Find(receiptParent, receiptName) == nil {
			return
		}
		digest := sealDigest(metadata, xml, about)
		e := xml.Put(receiptParent, sealName)
		e.Attrs, e.Text = about, digest
	}
}

// sealDigest computes the digest of everything that a seal covers.
func sealDigest(metadata wim.Hash, xml *wim.Element, about []wim.Attr) string {
	xml = xml.Clone()
	if parent := xml.Find(receiptParent); parent != nil {
		parent.Remove(sealName)
	}
	xml.Attrs = slices.DeleteFunc(xml.Attrs, func(a wim.Attr) bool { return a.Name == "INDEX" })
	sum := sha256.New()
	fmt.Fprintf(sum, "gild seal 1\n%s\n%q\n", metadata, about)
	writeElement(sum, xml)
	return hex.EncodeToString(sum.Sum(nil))
}

// sealState reports whether an image is as it was sealed.
func (s *source) sealState() image.Seal {
	e := s.image.Info.XML.Find(receiptParent, sealName)
	switch {
	case e == nil:
		return image.Unsealed
	case len(s.file.Images()) == 1 && e.Text == sealDigest(s.metadata, s.image.Info.XML, shapeOf(s.file)):
		return image.SealWhole
	}
	return image.SealBroken
}
