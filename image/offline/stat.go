package offline

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image/layers"
)

// nodeInfo implements [fs.FileInfo] for a node.
type nodeInfo struct{ node *wim.Node }

// snapshot copies the present state of a node.
func snapshot(n *wim.Node) nodeInfo {
	c := *n
	return nodeInfo{&c}
}

func (i nodeInfo) Name() string {
	if i.node.Name == "" {
		return "."
	}
	return i.node.Name
}

func (i nodeInfo) Size() int64                { return i.node.Size() }
func (i nodeInfo) ModTime() time.Time         { return i.node.Written.Time() }
func (i nodeInfo) IsDir() bool                { return i.Mode().IsDir() }
func (i nodeInfo) Sys() any                   { return nil }
func (i nodeInfo) Type() fs.FileMode          { return i.Mode().Type() }
func (i nodeInfo) Info() (fs.FileInfo, error) { return i, nil }
func (i nodeInfo) String() string             { return fs.FormatFileInfo(i) }

// Mode marks nodes whose content is elsewhere ([wim.Node.IsElsewhere]) as irregular.
func (i nodeInfo) Mode() fs.FileMode {
	n, mode := i.node, fs.FileMode(0o644)
	if n.Attributes&wim.AttrReadOnly != 0 {
		mode = 0o444
	}
	switch {
	case n.IsElsewhere() && n.ReparseTag == wim.TagSymlink:
		return mode | fs.ModeSymlink
	case n.IsElsewhere():
		return mode | fs.ModeIrregular
	case n.IsDir():
		return mode | fs.ModeDir | 0o111
	}
	return mode
}

// entries lists nodes in the order that package fs requires: by bytes, unlike Windows.
func entries(nodes []*wim.Node) []fs.DirEntry {
	list := make([]fs.DirEntry, len(nodes))
	for i, n := range nodes {
		list[i] = nodeInfo{n}
	}
	sortEntries(list)
	return list
}

func sortEntries(list []fs.DirEntry) {
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
}

type openFile struct {
	layers.Reader
	info fs.FileInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// listing is an open folder.
type listing struct {
	fs.FileInfo
	rest []fs.DirEntry
}

var _ fs.ReadDirFile = (*listing)(nil)

func (l *listing) Stat() (fs.FileInfo, error) { return l.FileInfo, nil }
func (l *listing) Close() error               { return nil }

func (l *listing) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: l.Name(), Err: errors.New("is a folder")}
}

func (l *listing) ReadDir(n int) ([]fs.DirEntry, error) {
	list := l.rest
	if n > 0 {
		if len(list) == 0 {
			return nil, io.EOF
		}
		list = list[:min(n, len(list))]
	}
	l.rest = l.rest[len(list):]
	return list, nil
}
