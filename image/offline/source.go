package offline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
)

// source is an image in a WIM file, before any changes.
type source struct {
	file        *wim.File
	image       *wim.Image
	index       int
	metadata    wim.Hash // of its list of files
	fingerprint string
	seal        func() image.Seal // computed once: see sealState
}

func openSource(ref image.Ref) (*source, error) {
	file, err := wim.Open(ref.Path)
	if err != nil {
		return nil, err
	}
	s, err := readSource(file, ref)
	if err != nil {
		file.Close()
		return nil, err
	}
	return s, nil
}

func readSource(file *wim.File, ref image.Ref) (*source, error) {
	index, err := selectImage(file, ref)
	if err != nil {
		return nil, err
	}
	meta, err := file.Metadata(index)
	if err != nil {
		return nil, err
	}
	img, err := file.Image(index)
	if err != nil {
		return nil, err
	}
	if n, first := img.Elsewhere(); n > 0 {
		return nil, fmt.Errorf("%s does not contain the content of %d files of image %d (the first is %s): it is in another WIM file, "+
			"as in a delta WIM (wimlib-imagex capture --delta-from), or was lost; combine both into a whole file: "+
			"wimlib-imagex export <this file> %d <new file> --ref=<the other file>", ref.Path, n, index, first, index)
	}
	s := &source{file: file, image: img, index: index, metadata: meta.Hash, fingerprint: fingerprint(meta.Hash, img.Info.XML)}
	s.seal = sync.OnceValue(s.sealState)
	return s, nil
}

// selectImage returns the index of the image that ref names.
func selectImage(file *wim.File, ref image.Ref) (int, error) {
	infos := file.Images()
	same := func(name string) bool { return name == ref.Name }
	fold := func(name string) bool { return strings.EqualFold(name, ref.Name) }
	switch {
	case len(infos) == 0:
		return 0, fmt.Errorf("%s: contains no image", ref.Path)
	case ref.Index < 0 || ref.Index > len(infos):
		return 0, fmt.Errorf("%s: there is no image %d; the file contains %s", ref.Path, ref.Index, listImages(infos))
	case ref.Index > 0:
		return ref.Index, nil
	case ref.Name == "" && len(infos) == 1:
		return 1, nil
	case ref.Name == "":
		return 0, fmt.Errorf("%s: contains several images; choose one by index or name: %s", ref.Path, listImages(infos))
	}
	for _, match := range []func(string) bool{same, fold} {
		found := slices.DeleteFunc(slices.Clone(infos), func(i wim.ImageInfo) bool { return !match(i.Name) })
		switch len(found) {
		case 1:
			return found[0].Index, nil
		case 0:
			continue
		}
		return 0, fmt.Errorf("%s: several images are named %q; choose by index: %s", ref.Path, ref.Name, listImages(infos))
	}
	return 0, fmt.Errorf("%s: no image is named %q; the file contains %s", ref.Path, ref.Name, listImages(infos))
}

func listImages(infos []wim.ImageInfo) string {
	list := make([]string, len(infos))
	for i, info := range infos {
		list[i] = fmt.Sprintf("%d %q", info.Index, info.Name)
	}
	return strings.Join(list, ", ")
}

// fingerprint identifies an image by the hash of its metadata resource, which
// holds every name, attribute, time and content hash, and its XML element.
func fingerprint(metadata wim.Hash, xml *wim.Element) string {
	// Elements that may differ between two files with the same image.
	volatile := []string{receiptParent, "DIRCOUNT", "FILECOUNT", "TOTALBYTES", "HARDLINKBYTES", "LASTMODIFICATIONTIME"}
	xml = xml.Clone()
	for _, name := range volatile {
		xml.Remove(name)
	}
	xml.Attrs = slices.DeleteFunc(xml.Attrs, func(a wim.Attr) bool { return a.Name == "INDEX" })
	sum := sha256.New()
	fmt.Fprintf(sum, "gild image fingerprint 1\n%s\n", metadata)
	writeElement(sum, xml)
	return hex.EncodeToString(sum.Sum(nil))
}

// writeElement writes an element in a canonical form.
func writeElement(w io.Writer, e *wim.Element) {
	fmt.Fprintf(w, "%q %q %d", e.Name, e.Text, len(e.Attrs))
	for _, a := range e.Attrs {
		fmt.Fprintf(w, " %q %q", a.Name, a.Value)
	}
	fmt.Fprintf(w, " %d\n", len(e.Children))
	for _, c := range e.Children {
		writeElement(w, c)
	}
}
