package offline

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
)

// Info implements [image.Session]. Version and edition of Windows come from the image's
// registry, or from the XML data if the registry does not have them. The fingerprint is
// that of the image in the file, without later changes.
func (s *session) Info(ctx context.Context) (image.Info, error) {
	if err := ctx.Err(); err != nil {
		return image.Info{}, err
	}
	x := s.source.image.Info
	info := image.Info{
		Name:        x.Name,
		Description: x.Description,
		Index:       s.source.index,
		Created:     x.Created,
		Modified:    x.Modified,
		Fingerprint: s.source.fingerprint,
		Parts:       len(s.source.file.Parts()),
		FileBytes:   s.source.file.Size(),
		Seal:        s.source.seal(),
	}
	windowsOf(&info, x)
	askRegistry(&info, s.Registry)
	counts := s.counted()
	info.Dirs, info.Files, info.Bytes = counts.DirCount, counts.FileCount, counts.TotalBytes
	var err error
	if info.Receipt, err = receipt(x.XML); err != nil {
		info.Warnings = append(info.Warnings, "the receipt in the image's description can't be read: "+err.Error())
	}
	info.Warnings = slices.Concat(info.Warnings, s.access.warnings(), s.warnings, s.Warnings())
	return info, nil
}

// windowsOf fills in the XML data's description of the Windows in an image.
func windowsOf(info *image.Info, x wim.ImageInfo) {
	w := x.Windows
	if w == nil {
		return
	}
	if x.XML.Find("WINDOWS", "ARCH") != nil {
		info.Arch = archName(w.Arch)
	}
	info.Edition = w.EditionID
	info.InstallationType = w.InstallationType
	info.ProductName = w.ProductName
	if x.XML.Find("WINDOWS", "VERSION", "BUILD") != nil { // wimlib may leave it out
		info.Version = w.Version.String()
	}
	info.Languages = w.Languages
	info.DefaultLanguage = w.DefaultLanguage
}

// archName names a PROCESSOR_ARCHITECTURE_ number as Windows does.
func archName(n int) string {
	switch n {
	case 0:
		return "x86"
	case 5:
		return "arm"
	case 6:
		return "ia64"
	case 9:
		return "amd64"
	case 12:
		return "arm64"
	}
	return ""
}

// Elements with the receipt in an image's XML data.
const (
	receiptParent = "GILD"
	receiptName   = "RECEIPT"
	accessName    = "ACCESS"
)

// receipt returns the receipt in an image's XML data, nil if there is none.
func receipt(xml *wim.Element) ([]byte, error) {
	e := xml.Find(receiptParent, receiptName)
	if e == nil {
		return nil, nil
	}
	if e.Attr("ENCODING") != "base64" {
		return []byte(e.Text), nil
	}
	return base64.StdEncoding.DecodeString(e.Text)
}

// setReceipt puts a receipt into an image's XML data, or removes it if data is nil: as
// text if XML preserves it, otherwise in base64.
func setReceipt(xml *wim.Element, data []byte) {
	xml.Remove(receiptParent)
	if len(data) == 0 {
		return
	}
	e := xml.Put(receiptParent, receiptName)
	e.Text = string(data)
	if !plain(e.Text) {
		e.SetAttr("ENCODING", "base64")
		e.Text = base64.StdEncoding.EncodeToString(data)
	}
}

// plain reports whether XML preserves the text. It does not preserve leading and
// trailing white space, control characters and line endings.
func plain(text string) bool {
	return text == strings.TrimSpace(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r == '\ufffd' || r == '\ufffe' || r == '\uffff'
	})
}

// OwnsPart implements [image.PartOwner].
func (Backend) OwnsPart(name string, n int) bool {
	head, xml, err := wim.ReadPart(name)
	if err != nil || head.Part != n || head.Parts < n {
		return false
	}
	for _, e := range xml.Children {
		if data, err := receipt(e); e.Name == "IMAGE" && err == nil && len(data) > 0 {
			return true
		}
	}
	return false
}

var _ image.PartOwner = Backend{}
