package wim

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gildhq/gild/formats/nt"
)

// CaptureOptions say what of a file system is captured.
type CaptureOptions struct {
	// Exclude reports whether to leave out a file, or a directory and all
	// below it; nil leaves out nothing. The path has slashes and no root.
	Exclude func(path string, d fs.DirEntry) bool
}

// Capture makes a tree of a file system, for a [Builder] or [Update]; the
// content is read when they write it, from fsys. It takes names, content and
// modification times, symbolic links as reparse points, and, where the system
// shows them through fsys, hard links and Windows file attributes and times.
// It does not take security descriptors, short names or named streams. What is
// neither file, directory nor symbolic link is an error: exclude it.
func Capture(ctx context.Context, fsys fs.FS, o CaptureOptions) (*Node, error) {
	info, err := fs.Stat(fsys, ".")
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "capture", Path: ".", Err: fmt.Errorf("not a directory")}
	}
	c := &capture{ctx: ctx, fsys: fsys, options: o, links: map[fileID]*Node{}}
	root := &Node{Attributes: AttrDirectory}
	setTimes(root, info)
	return root, c.children(root, ".")
}

// CaptureDir is [Capture] of a directory. Errors name the path in it.
func CaptureDir(ctx context.Context, dir string, o CaptureOptions) (*Node, error) {
	root, err := Capture(ctx, os.DirFS(dir), o)
	if err != nil {
		return nil, fmt.Errorf("capture %s: %w", dir, err)
	}
	return root, nil
}

type capture struct {
	ctx     context.Context
	fsys    fs.FS
	options CaptureOptions
	links   map[fileID]*Node // the first name of files with several
	groups  uint64           // hard link groups
}

// fileID tells files of a file system apart.
type fileID struct{ volume, file uint64 }

func (c *capture) children(dir *Node, dirPath string) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	list, err := fs.ReadDir(c.fsys, dirPath)
	if err != nil {
		return err
	}
	for _, d := range list {
		name := path.Join(dirPath, d.Name())
		if c.options.Exclude != nil && c.options.Exclude(name, d) {
			continue
		}
		n, err := c.node(name, d)
		if err != nil {
			return err
		}
		dir.Children = append(dir.Children, n)
	}
	dir.Sort()
	return nil
}

func (c *capture) node(name string, d fs.DirEntry) (*Node, error) {
	err := checkName(d.Name())
	if err == nil && !utf8.ValidString(d.Name()) {
		err = fmt.Errorf("the name is not UTF-8")
	}
	if err != nil {
		return nil, &fs.PathError{Op: "capture", Path: name, Err: err}
	}
	info, err := d.Info()
	if err != nil {
		return nil, err
	}
	n := &Node{Name: d.Name()}
	setTimes(n, info)
	switch {
	case info.IsDir():
		n.Attributes = AttrDirectory | systemAttributes(info)
		return n, c.children(n, name)
	case info.Mode()&fs.ModeSymlink != 0:
		return n, c.symlink(n, name)
	case info.Mode().IsRegular():
		if n.Attributes = systemAttributes(info); n.Attributes == 0 {
			n.Attributes = AttrNormal
		}
		return n, c.file(n, name, info)
	}
	return nil, &fs.PathError{Op: "capture", Path: name,
		Err: fmt.Errorf("it is neither file, directory nor symbolic link (%s): exclude it", info.Mode().Type())}
}

func setTimes(n *Node, info fs.FileInfo) {
	n.Written = nt.TimeOf(info.ModTime())
	n.Created, n.Accessed = n.Written, n.Written
	systemTimes(n, info)
}

// file gives n its content. Names of one file share it.
func (c *capture) file(n *Node, name string, info fs.FileInfo) error {
	content := &Content{Size: info.Size(), Open: func() (io.ReadCloser, error) { return c.fsys.Open(name) }}
	n.Streams = []Stream{{Size: info.Size(), Content: content}}
	id, linked, err := identify(c.fsys, name, info)
	if err != nil || !linked {
		return err
	}
	first := c.links[id]
	if first == nil {
		c.links[id] = n
		return nil
	}
	if first.HardLink == 0 {
		c.groups++
		first.HardLink = c.groups
	}
	n.HardLink, n.Streams = first.HardLink, first.Streams
	return nil
}

// symlink gives n reparse data. A link to a directory is marked as a directory,
// as Windows wants it.
func (c *capture) symlink(n *Node, name string) error {
	target, err := fs.ReadLink(c.fsys, name)
	if err != nil {
		return err
	}
	n.Attributes, n.ReparseTag = AttrReparse, TagSymlink
	if info, err := fs.Stat(c.fsys, name); err == nil && info.IsDir() {
		n.Attributes |= AttrDirectory
	}
	data := symlinkData(target)
	n.Streams = []Stream{{Kind: Reparse, Size: int64(len(data)), Content: &Content{
		Size: int64(len(data)),
		Open: func() (io.ReadCloser, error) { return newBytesReader(data), nil },
	}}}
	return nil
}

// symlinkData returns the reparse data of a symbolic link to target
// ([MS-FSCC] §2.1.2.4), both names with a zero behind them that is not counted,
// as Windows has it. A target from the root, without a drive, stays so.
func symlinkData(target string) []byte {
	const relative = 1
	print := strings.ReplaceAll(target, "/", `\`)
	substitute, flags := print, uint32(relative)
	if len(print) > 1 && print[1] == ':' {
		substitute, flags = `\??\`+print, 0
	}
	sub, shown := nt.AppendUTF16(nil, substitute), nt.AppendUTF16(nil, print)
	le := binary.LittleEndian
	b := le.AppendUint16(nil, 0)
	b = le.AppendUint16(b, uint16(len(sub)))
	b = le.AppendUint16(b, uint16(len(sub)+2))
	b = le.AppendUint16(b, uint16(len(shown)))
	b = le.AppendUint32(b, flags)
	return slices.Concat(b, sub, []byte{0, 0}, shown, []byte{0, 0})
}
