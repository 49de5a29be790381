package wim

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
)

// Options say how a new file is written.
type Options struct {
	Compression Compression
	ChunkSize   int  // 0: DefaultChunkSize. Windows reads LZX with the default only
	Best        bool // compress LZX some per cent smaller and several times slower
	GUID        GUID // zero: derived from the content
	Integrity   bool // write an integrity table
	BootIndex   int  // the image Windows PE boots, from 1; 0 for none
	RPFix       bool // absolute link targets in the images are relative to the image

	// XML gives the file's own elements: those of its children that are not
	// images are kept. It may be nil.
	XML *Element

	// Describe may add to the XML element of an image when the hash of its metadata
	// resource, and with that all of its content, is known. It may be called before with
	// another hash, to tell how long the element gets, which must not depend on the hash.
	// It may be nil.
	Describe func(metadata Hash, xml *Element)

	Workers  int                     // goroutines that compress; 0: one per CPU
	Progress func(done, total int64) // told the bytes of content written; may be nil
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// Builder makes a new WIM file: add the images, then write it, once.
type Builder struct {
	options Options
	store   *store
	images  []builtImage
	spent   bool
}

type builtImage struct {
	root *Node
	info ImageInfo
}

// NewBuilder returns a Builder without images.
func NewBuilder(o Options) (*Builder, error) {
	if o.Compression == None {
		o.ChunkSize = 0
	} else {
		if o.ChunkSize == 0 {
			o.ChunkSize = DefaultChunkSize
		}
		if err := o.Compression.checkChunkSize(o.ChunkSize); err != nil {
			return nil, err
		}
	}
	return &Builder{options: o, store: newStore(o)}, nil
}

// AddImage adds an image. Streams without new content are taken from the files
// in from, which must stay open until the file is written. The counts in info
// are computed; its times are written as they are. The tree must not change
// until then; writing sets the hash and size of streams with new content.
func (b *Builder) AddImage(root *Node, info ImageInfo, from ...*File) error {
	if err := b.store.addTree(root, from); err != nil {
		return fmt.Errorf("image %d: %w", len(b.images)+1, err)
	}
	b.images = append(b.images, builtImage{root, info})
	return nil
}

// Write writes the file to w, which must be empty, and may be called once. The
// header comes last: a file that is not complete is not a WIM file. The caller
// syncs and renames.
func (b *Builder) Write(ctx context.Context, w io.WriteSeeker) error {
	return b.write(ctx, &spread{create: func() (io.WriteSeeker, error) { return w, nil }})
}

// WriteParts is [Builder.Write] to as many files as are needed for each to have
// no more than size bytes; all to one if size is 0. A blob is never cut: a file with
// nothing but a larger one is larger, and so is the first one if the images'
// metadata, which is all there, is. create is called for each file in turn;
// [PartName] tells what they are to be named. The header of the first file comes
// last of all.
func (b *Builder) WriteParts(ctx context.Context, size int64, create func() (PartWriter, error)) error {
	s := &spread{limit: size, create: func() (io.WriteSeeker, error) { return create() }}
	if size > 0 {
		if err := b.reserve(s); err != nil {
			return err
		}
	}
	return b.write(ctx, s)
}

// reserve computes the room that tables and metadata need. Of the counts in the XML
// only the digits can change until it is written, of the metadata only hashes.
func (b *Builder) reserve(s *spread) error {
	const digits = 20 * 2 // of a number, in UTF-16
	s.integrity = b.options.Integrity
	s.tables = digits*int64(1+4*len(b.images)) + int64(len(fileXML(b.options.XML, b.infos(make([]Hash, len(b.images)))).bytes()))
	for _, image := range b.images {
		metadata, err := encodeMetadata(image.root, b.store.hashOf)
		if err != nil {
			return err
		}
		s.images += int64(len(metadata)) + blobEntrySize
	}
	return nil
}

func (b *Builder) write(ctx context.Context, s *spread) error {
	if b.spent {
		return errors.New("wim: the builder has written its file already")
	}
	b.spent = true
	if n := b.options.BootIndex; n < 0 || n > len(b.images) {
		return fmt.Errorf("%w: boot index %d, of %d", ErrImageNotFound, n, len(b.images))
	}
	out, err := s.begin()
	if err != nil {
		return err
	}
	b.store.spread = s
	if err := b.store.write(ctx, out, b.options.Progress); err != nil {
		return err
	}
	headers, err := b.tables(s.outs)
	if err != nil {
		return err
	}
	for i, out := range s.outs {
		if b.options.Integrity {
			if err := writeIntegrity(ctx, out.w, out, headers[i], nil); err != nil {
				return err
			}
		}
		if err := out.finish(); err != nil {
			return err
		}
	}
	for i, out := range slices.Backward(s.outs) {
		if err := out.patch(0, headers[i].bytes()); err != nil {
			return err
		}
	}
	return nil
}

// tables writes what follows the blobs of each part and returns the headers.
func (b *Builder) tables(outs []*output) ([]*Header, error) {
	b.store.out = outs[0]
	entries := slices.Clone(b.store.entries)
	h := b.header(len(outs))
	var hashes []Hash
	for i, image := range b.images {
		metadata, err := b.store.writeMetadata(image.root)
		if err != nil {
			return nil, fmt.Errorf("image %d: %w", i+1, err)
		}
		entries, hashes = append(entries, metadata), append(hashes, metadata.hash)
		if i+1 == h.BootIndex {
			h.bootMetadata = metadata.res
		}
	}
	xml := fileXML(b.options.XML, b.infos(hashes))
	headers := make([]*Header, len(outs))
	for i, out := range outs {
		part := h
		if i > 0 {
			part.Part, part.GUID, part.bootMetadata = i+1, headers[0].GUID, resource{}
		}
		own := slices.DeleteFunc(slices.Clone(entries), func(e *entry) bool { return e.part != i })
		if err := b.store.writeTables(&part, out, own, xml); err != nil {
			return nil, err
		}
		headers[i] = &part
	}
	return headers, nil
}

// header returns what the headers of all parts have in common.
func (b *Builder) header(parts int) Header {
	h := Header{
		Version: versionWIM, Flags: b.options.Compression.flags(), Compression: b.options.Compression,
		ChunkSize: b.options.ChunkSize, GUID: b.options.GUID, Part: 1, Parts: parts,
		ImageCount: len(b.images), BootIndex: b.options.BootIndex,
	}
	if b.options.RPFix {
		h.Flags |= FlagRPFix
	}
	if parts > 1 {
		h.Flags |= FlagSpanned
	}
	return h
}

// infos returns the images' XML, given the hashes of their metadata.
func (b *Builder) infos(metadata []Hash) []*Element {
	infos := make([]*Element, len(b.images))
	for i := range b.images {
		image := &b.images[i]
		image.info.Count(image.root)
		image.info.putCounts()
		infos[i] = image.info.element(i + 1)
		if b.options.Describe != nil {
			b.options.Describe(metadata[i], infos[i])
		}
	}
	return infos
}

// writeMetadata writes the metadata resource of an image whose content is written.
func (s *store) writeMetadata(root *Node) (*entry, error) {
	b, err := encodeMetadata(root, s.hashOf)
	if err != nil {
		return nil, err
	}
	s.progress = nil
	e := &entry{name: "metadata", size: int64(len(b)), refs: 1, flags: resMetadata, bytes: b}
	if err := s.pipeline.write([]*entry{e}); err != nil {
		return nil, err
	}
	s.settle(root)
	e.bytes = nil
	return e, nil
}

// settle gives the streams the hash and size of their content.
func (s *store) settle(root *Node) {
	for _, n := range root.All() {
		for i := range n.Streams {
			stream := &n.Streams[i]
			stream.Hash, stream.Size = s.hashOf(stream), 0
			if e := s.byHash[stream.Hash]; e != nil {
				stream.Size = e.size
			}
		}
	}
}

// writeTables writes the blob table and the XML of a part and notes them in its header.
func (s *store) writeTables(h *Header, out *output, entries []*entry, xml *Element) error {
	var table []byte
	for _, e := range entries {
		table = newBlob(e.hash, e.res, e.refs).append(table, max(h.Part, 1))
	}
	h.blobTable = resource{stored: int64(len(table)), size: int64(len(table)), offset: out.pos, flags: resMetadata}
	if _, err := out.Write(table); err != nil {
		return err
	}
	xml.Set(strconv.FormatInt(out.pos, 10), "TOTALBYTES")
	text := xml.bytes()
	h.xml = resource{stored: int64(len(text)), size: int64(len(text)), offset: out.pos, flags: resMetadata}
	if h.GUID == (GUID{}) {
		sum := sha1.Sum(slices.Concat(table, text))
		copy(h.GUID[:], sum[:])
	}
	_, err := out.Write(text)
	return err
}

// fileXML returns the XML of a file; TOTALBYTES, where its blob table ends, is left
// for [store.writeTables].
func fileXML(base *Element, infos []*Element) *Element {
	root := &Element{Name: "WIM"}
	root.Set("", "TOTALBYTES")
	if base != nil {
		base = base.Clone()
		base.Remove("TOTALBYTES")
		base.Remove("IMAGE")
		root.Attrs = base.Attrs
		root.Children = append(root.Children, base.Children...)
	}
	root.Children = append(root.Children, infos...)
	return root
}

// Count computes the counts of an image as Windows does: the root is a
// directory, reparse points are files, and every stream counts as often as its
// file has names.
func (i *ImageInfo) Count(root *Node) {
	i.DirCount, i.FileCount, i.TotalBytes, i.HardLinkBytes = 0, 0, 0, 0
	seen := map[uint64]bool{}
	for n := range root.nodes {
		if n.IsDir() && !n.IsReparse() {
			i.DirCount++
		} else {
			i.FileCount++
		}
		var size int64
		for j := range n.Streams {
			size += n.Streams[j].Size
		}
		i.TotalBytes += size
		if n.HardLink == 0 {
			continue
		}
		if seen[n.HardLink] {
			i.HardLinkBytes += size
		}
		seen[n.HardLink] = true
	}
}

// putCounts makes sure that the XML has elements for the counts.
func (i *ImageInfo) putCounts() {
	if i.XML == nil {
		i.XML = &Element{Name: "IMAGE"}
	}
	for _, name := range []string{"DIRCOUNT", "FILECOUNT", "TOTALBYTES", "HARDLINKBYTES"} {
		i.XML.Put(name)
	}
}

func newBytesReader(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }
