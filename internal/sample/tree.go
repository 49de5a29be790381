package sample

import (
	"bytes"
	"io"
	"path"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/wim"
)

// descriptor is owned by SYSTEM and lets what is below a folder inherit: full
// control for SYSTEM and administrators, reading for users, full control for
// the creator ([MS-DTYP] §2.4.6).
const descriptor = "" +
	"\x01\x00\x04\x90\x74\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00\x14\x00\x00\x00" + // header
	"\x02\x00\x60\x00\x04\x00\x00\x00" + // access list, four entries
	"\x00\x03\x14\x00\xff\x01\x1f\x00\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00" +
	"\x00\x03\x18\x00\xff\x01\x1f\x00\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00" +
	"\x00\x03\x18\x00\xa9\x00\x12\x00\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x21\x02\x00\x00" +
	"\x00\x0b\x14\x00\x00\x00\x00\x10\x01\x01\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00" +
	"\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00" + // owner
	"\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00" // group

// tree is an image while it is put together.
type tree struct {
	root  *wim.Node
	at    nt.Time
	dirs  map[string]*wim.Node // folders by path, in upper case
	links uint64               // hard link groups given out
}

func newTree(at nt.Time) *tree {
	t := &tree{at: at, dirs: map[string]*wim.Node{}}
	t.root = t.node("", wim.AttrDirectory)
	return t
}

func (t *tree) node(name string, attributes uint32) *wim.Node {
	return &wim.Node{
		Name: name, Attributes: attributes, Security: []byte(descriptor),
		Created: t.at, Accessed: t.at, Written: t.at,
	}
}

// dir returns the folder of that path, made if it is not there.
func (t *tree) dir(name string) *wim.Node {
	if name == "." {
		return t.root
	}
	d := t.dirs[nt.Fold(name)]
	if d == nil {
		parent := t.dir(path.Dir(name))
		d = t.node(path.Base(name), wim.AttrDirectory)
		parent.Children = append(parent.Children, d)
		t.dirs[nt.Fold(name)] = d
	}
	return d
}

// file adds a file with content that is made when it is asked for.
func (t *tree) file(name string, size int64, open func() (io.ReadCloser, error)) *wim.Node {
	parent := t.dir(path.Dir(name))
	f := t.node(path.Base(name), wim.AttrArchive)
	if size > 0 {
		f.Streams = []wim.Stream{{Size: size, Content: &wim.Content{Size: size, Open: open}}}
	}
	parent.Children = append(parent.Children, f)
	return f
}

// bytes adds a file with the given content.
func (t *tree) bytes(name string, data []byte) *wim.Node {
	f := t.file(name, 0, nil)
	f.Streams = []wim.Stream{{Size: int64(len(data)), Content: content(data)}}
	return f
}

// content is content that is in memory.
func content(data []byte) *wim.Content {
	return &wim.Content{Size: int64(len(data)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}}
}

// link adds another name for a file.
func (t *tree) link(name string, to *wim.Node) {
	if to.HardLink == 0 {
		t.links++
		to.HardLink = t.links
	}
	other := *to
	other.Name = path.Base(name)
	other.ShortName = ""
	parent := t.dir(path.Dir(name))
	parent.Children = append(parent.Children, &other)
}

// junction adds a mount point that leads to another folder of the image.
func (t *tree) junction(name, to string) {
	parent := t.dir(path.Dir(name))
	j := t.node(path.Base(name), wim.AttrDirectory|wim.AttrReparse|wim.AttrHidden|wim.AttrSystem)
	j.ReparseTag = wim.TagMountPoint
	data := mountPoint(`\??\C:\`+strings.ReplaceAll(to, "/", `\`), `C:\`+strings.ReplaceAll(to, "/", `\`))
	j.Streams = []wim.Stream{{Kind: wim.Reparse, Size: int64(len(data)), Content: content(data)}}
	parent.Children = append(parent.Children, j)
}

// mountPoint makes the reparse data of a mount point ([MS-FSCC] §2.1.2.5), without its header.
func mountPoint(substitute, print string) []byte {
	sub, pr := utf16le(substitute), utf16le(print)
	out := le.AppendUint16(nil, 0)
	out = le.AppendUint16(out, uint16(len(sub)))
	out = le.AppendUint16(out, uint16(len(sub)+2))
	out = le.AppendUint16(out, uint16(len(pr)))
	out = append(append(out, sub...), 0, 0)
	return append(append(out, pr...), 0, 0)
}
