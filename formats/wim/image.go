package wim

import (
	"fmt"
	"iter"
	"slices"
)

// Image is an image of a file: a tree of nodes, which is also a file system
// (see [Image.Open]). The tree belongs to the caller, who may change it and
// hand it to a [Builder] or [Update]; an Image that is read as a file system
// must be left as it is.
type Image struct {
	Root *Node
	Info ImageInfo

	file *File
}

// Image reads the image with that index, counted from 1.
func (f *File) Image(index int) (*Image, error) {
	blob, err := f.Metadata(index)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("image %d", index)
	b, err := f.readBlob(what, blob, maxMetadata)
	if err != nil {
		return nil, f.wrap(err)
	}
	root, err := parseMetadata(b, f.blobSize)
	if err != nil {
		return nil, f.wrap(fmt.Errorf("%s: %w", what, err))
	}
	return &Image{Root: root, Info: f.Images()[index-1], file: f}, nil
}

// Metadata returns the metadata resource of an image, whose hash stands for
// all that the image is, but for the XML.
func (f *File) Metadata(index int) (Blob, error) {
	if index < 1 || index > len(f.table.metadata) {
		return Blob{}, f.wrap(fmt.Errorf("%w: %d, of %d", ErrImageNotFound, index, len(f.table.metadata)))
	}
	return f.table.metadata[index-1], nil
}

func (f *File) blobSize(h Hash) int64 {
	b, _ := f.Blob(h)
	return b.Size
}

// Elsewhere counts the files of the image whose content the file does not hold, and
// returns the path of the first.
func (i *Image) Elsewhere() (count int, first string) {
	away := func(n *Node) bool {
		return slices.ContainsFunc(n.Streams, func(s Stream) bool {
			_, here := i.file.Blob(s.Hash)
			return s.Content == nil && !s.Hash.IsZero() && !here
		})
	}
	for n := range i.Root.nodes {
		if away(n) {
			count++
		}
	}
	if count > 0 {
		for path, n := range i.Root.All() {
			if away(n) {
				return count, path
			}
		}
	}
	return count, ""
}

// File returns the file the image is in.
func (i *Image) File() *File { return i.file }

// Lookup returns the node at path, or nil: \ and / both separate, and case
// does not matter, but where two names differ by case only, the one spelled
// as in path is preferred.
func (i *Image) Lookup(path string) *Node { return i.Root.Lookup(path) }

// All yields the path (with \ between names, "" for n itself) and node of n
// and all nodes below it, directories before what they hold.
func (n *Node) All() iter.Seq2[string, *Node] {
	return func(yield func(string, *Node) bool) { n.walk("", yield) }
}

// nodes yields what All does without the paths, which cost most of it.
func (n *Node) nodes(yield func(*Node) bool) { n.visit(yield) }

func (n *Node) visit(yield func(*Node) bool) bool {
	if !yield(n) {
		return false
	}
	for _, c := range n.Children {
		if !c.visit(yield) {
			return false
		}
	}
	return true
}

func (n *Node) walk(path string, yield func(string, *Node) bool) bool {
	if !yield(path, n) {
		return false
	}
	if path != "" {
		path += `\`
	}
	for _, c := range n.Children {
		if !c.walk(path+c.Name, yield) {
			return false
		}
	}
	return true
}
