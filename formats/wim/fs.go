package wim

import (
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/nt"
)

var _ interface {
	fs.StatFS
	fs.ReadDirFS
	fs.ReadFileFS
	fs.ReadLinkFS
} = (*Image)(nil)

// Open implements [fs.FS]. Names are compared as by [Image.Lookup]. Reparse
// points are not followed: symbolic links have [fs.ModeSymlink], all others
// [fs.ModeIrregular]. A file is its unnamed stream; what it opens as implements
// [io.ReaderAt] and [io.Seeker].
func (i *Image) Open(name string) (fs.File, error) {
	n, err := i.find("open", name)
	if err != nil {
		return nil, err
	}
	info := fileInfo{n, name}
	if info.IsDir() {
		return &openDir{fileInfo: info}, nil
	}
	r, err := i.file.OpenBlob(n.Hash())
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{r, info}, nil
}

// Stat implements [fs.StatFS]. Sys of what it returns is the *Node.
func (i *Image) Stat(name string) (fs.FileInfo, error) {
	n, err := i.find("stat", name)
	if err != nil {
		return nil, err
	}
	return fileInfo{n, name}, nil
}

// Lstat implements [fs.ReadLinkFS]; it is Stat.
func (i *Image) Lstat(name string) (fs.FileInfo, error) { return i.Stat(name) }

// ReadDir implements [fs.ReadDirFS].
func (i *Image) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := i.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !(fileInfo{n, name}).IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fmt.Errorf("not a directory")}
	}
	return entries(n.Children), nil
}

// ReadFile implements [fs.ReadFileFS].
func (i *Image) ReadFile(name string) ([]byte, error) {
	f, err := i.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, ok := f.(*openFile)
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("is a directory")}
	}
	b, err := readGrowing(r, r.Reader.Size(), r.Reader.blob.Stored)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return b, nil
}

// ReadLink implements [fs.ReadLinkFS]: it returns the target of a symbolic link
// with slashes, as the link has it.
func (i *Image) ReadLink(name string) (string, error) {
	n, err := i.find("readlink", name)
	if err != nil {
		return "", err
	}
	s := n.ReparseData()
	if n.ReparseTag != TagSymlink || s == nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	r, err := i.file.OpenBlob(s.Hash)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: err}
	}
	defer r.Close()
	b, err := readGrowing(r, min(s.Size, 1<<16), 0)
	if err == nil {
		name, err = symlinkTarget(b)
	}
	return name, err
}

// symlinkTarget returns the print name of a symbolic link's reparse data
// ([MS-FSCC] §2.1.2.4).
func symlinkTarget(b []byte) (string, error) {
	if len(b) < 12 {
		return "", fmt.Errorf("%w: symbolic link of %d bytes", ErrCorrupt, len(b))
	}
	at, n := int(binary.LittleEndian.Uint16(b[4:])), int(binary.LittleEndian.Uint16(b[6:]))
	if n == 0 {
		at, n = int(binary.LittleEndian.Uint16(b)), int(binary.LittleEndian.Uint16(b[2:]))
	}
	if 12+at+n > len(b) {
		return "", fmt.Errorf("%w: the target of a symbolic link lies outside it", ErrCorrupt)
	}
	return strings.ReplaceAll(nt.DecodeUTF16(b[12+at:12+at+n]), `\`, "/"), nil
}

func (i *Image) find(op, name string) (*Node, error) {
	err := fs.ErrInvalid
	if fs.ValidPath(name) && !strings.Contains(name, `\`) {
		if n := i.Root.Lookup(name); n != nil {
			return n, nil
		}
		err = fs.ErrNotExist
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: err}
}

type fileInfo struct {
	node *Node
	path string
}

func (i fileInfo) Name() string {
	if i.node.Name != "" {
		return i.node.Name
	}
	return "."
}

func (i fileInfo) Size() int64                { return i.node.Size() }
func (i fileInfo) ModTime() time.Time         { return i.node.Written.Time() }
func (i fileInfo) IsDir() bool                { return i.Mode().IsDir() }
func (i fileInfo) Sys() any                   { return i.node }
func (i fileInfo) Type() fs.FileMode          { return i.Mode().Type() }
func (i fileInfo) Info() (fs.FileInfo, error) { return i, nil }
func (i fileInfo) String() string             { return fs.FormatFileInfo(i) }

// Mode tells what is elsewhere ([Node.IsElsewhere]) from files and directories.
func (i fileInfo) Mode() fs.FileMode {
	mode := fs.FileMode(0o644)
	if i.node.Attributes&AttrReadOnly != 0 {
		mode = 0o444
	}
	switch n := i.node; {
	case n.IsElsewhere() && n.ReparseTag == TagSymlink:
		return mode | fs.ModeSymlink
	case n.IsElsewhere():
		return mode | fs.ModeIrregular
	case n.IsDir():
		return mode | fs.ModeDir | 0o111
	}
	return mode
}

// entries gives nodes in the order package fs wants, that of bytes.
func entries(nodes []*Node) []fs.DirEntry {
	list := make([]fs.DirEntry, len(nodes))
	for i, n := range nodes {
		list[i] = fileInfo{n, n.Name}
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list
}

type openFile struct {
	*Reader
	info fileInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }

type openDir struct {
	fileInfo
	read int
}

var _ fs.ReadDirFile = (*openDir)(nil)

func (d *openDir) Stat() (fs.FileInfo, error) { return d.fileInfo, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.path, Err: fmt.Errorf("is a directory")}
}

func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.node.Children[d.read:]
	if n > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(n, len(rest))]
	}
	d.read += len(rest)
	return entries(rest), nil
}
