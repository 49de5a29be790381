package conformance

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/internal/sample"
)

// moment is the time of everything that the checks write.
var moment = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// write writes the image and verifies it.
func (o *own) write(ctx context.Context) error {
	o.file = filepath.Join(o.dir, "own.wim")
	root, err := ownTree()
	if err != nil {
		return err
	}
	if err := writeWIM(ctx, o.file, root); err != nil {
		return err
	}
	f, err := wim.Open(o.file)
	if err != nil {
		return err
	}
	defer f.Close()
	o.note("%d bytes", f.Size())
	return f.Verify(ctx)
}

func writeWIM(ctx context.Context, name string, root *wim.Node) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	w, err := wim.NewBuilder(wim.Options{Compression: wim.LZX})
	if err == nil {
		err = w.AddImage(root, wim.ImageInfo{Name: ownName, Description: ownName, Created: moment, Modified: moment})
	}
	if err == nil {
		err = w.Write(ctx, f)
	}
	return errors.Join(err, f.Close())
}

// longFile has a path of 128 characters, as long as those in Windows, so that its path in a
// mounted image comes near MAX_PATH, 260 characters.
var longFile = "Windows/WinSxS/" + strings.Repeat("amd64_gild-long-", 4) + "/" + strings.Repeat("n", 44) + ".txt"

// ownTree returns the sample image with files that are common in Windows but difficult for
// some programs.
func ownTree() (*wim.Node, error) {
	root, err := sample.Tree(sample.Options{Files: 24})
	if err != nil {
		return nil, err
	}
	for _, f := range []struct {
		name, content string
		attributes    uint32
		security      []byte
	}{
		{trustedFile, "a file of Windows", wim.AttrArchive, trusted},
		{hostsFile, "# the hosts file\r\n", wim.AttrArchive, nil},
		{foreignFile, "a file of someone", wim.AttrArchive, foreign},
		{protectedDir, "", wim.AttrDirectory, protected},
		{protectedFile, "a file that inherits nothing", wim.AttrArchive, protected},
		{readOnlyFile, "read only", wim.AttrReadOnly | wim.AttrArchive, nil},
		{hiddenFile, "hidden", wim.AttrHidden | wim.AttrSystem, nil},
		{emptyFile, "", wim.AttrArchive, nil},
		{"Windows/gild Ünïcode 漢字 %TEMP% & (x).txt", "a name", wim.AttrArchive, nil},
		{longFile, "a long name", wim.AttrArchive, nil},
		{linkedFile, "two names", wim.AttrArchive, nil},
	} {
		put(root, f.name, f.attributes, f.content, f.security)
	}
	linked := root.Lookup(linkedFile)
	linked.HardLink = 1 << 40 // not used in the sample
	other := *linked
	folderOf(root, otherLink).Put(&other)
	root.Sort()
	return root, nil
}

// put puts a file or folder into a tree; without a descriptor it gets that of the root.
func put(root *wim.Node, name string, attributes uint32, content string, security []byte) {
	if security == nil {
		security = root.Security
	}
	at := nt.TimeOf(moment)
	n := &wim.Node{Name: name[strings.LastIndexByte(name, '/')+1:], Attributes: attributes, Security: security, Created: at, Accessed: at, Written: at}
	if content != "" {
		n.Streams = []wim.Stream{{Size: int64(len(content)), Content: &wim.Content{Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(content)), nil
		}}}}
	}
	folderOf(root, name).Put(n)
}

// folderOf returns the folder of a name, and creates missing folders.
func folderOf(root *wim.Node, name string) *wim.Node {
	i := strings.LastIndexByte(name, '/')
	if i < 0 {
		return root
	}
	if n := root.Lookup(name[:i]); n != nil {
		return n
	}
	put(root, name[:i], wim.AttrDirectory, "", nil)
	return root.Lookup(name[:i])
}
