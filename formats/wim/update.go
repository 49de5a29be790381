package wim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/gildhq/gild/ground/regular"
)

// Change replaces an image of a file, or adds one.
type Change struct {
	Index int       // from 1; one more than the file has adds an image
	Root  *Node     // nil: the tree stays, only the information changes
	Info  ImageInfo // as for [Builder.AddImage]
	From  []*File   // where blobs are that the file itself does not have
}

// UpdateOptions say how [Update] works.
type UpdateOptions struct {
	Best     bool                    // as in [Options]
	Workers  int                     // as in [Options]
	Progress func(done, total int64) // as in [Options]
}

// Storage is a file open for reading and writing; *[os.File] is one.
type Storage interface {
	io.ReaderAt
	io.WriteSeeker
	Sync() error
	Truncate(size int64) error
}

// Update changes the named WIM file in place, by appending: new content, new
// metadata, new tables, and, when all that is on the disk, the header. Up to that
// last write the file is the old one for every program, so FlagWriteInProgress is
// never set; it is cleared if another program left it. Replaced content stays in
// the file, unused; [Export] drops it. The cost depends on the size of the change
// and of the metadata of all images. No one else may write to the file meanwhile.
func Update(ctx context.Context, name string, o UpdateOptions, changes ...Change) error {
	f, err := regular.OpenFile(name, os.O_RDWR)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	if err == nil {
		err = UpdateStorage(ctx, f, st.Size(), name, o, changes...)
	}
	return errors.Join(err, f.Close())
}

// UpdateStorage is [Update] for a file of size bytes that is open.
func UpdateStorage(ctx context.Context, s Storage, size int64, name string, o UpdateOptions, changes ...Change) error {
	f, err := NewFile(s, size, name)
	if err != nil {
		return err
	}
	u := &update{file: f, storage: s}
	err = u.run(ctx, o, changes)
	if err == nil {
		return nil
	}
	if !u.committing {
		err = errors.Join(err, s.Truncate(size))
	}
	return f.wrap(err)
}

type update struct {
	file       *File
	storage    Storage
	store      *store
	out        *output
	header     Header
	images     []Change // what the file is to hold
	metadata   []*entry
	committing bool // the header is being written
}

func (u *update) run(ctx context.Context, o UpdateOptions, changes []Change) error {
	f := u.file
	if f.header.Flags&FlagReadOnly != 0 {
		return fmt.Errorf("%w: it is marked read-only: clear that with wimlib-imagex info --no-readonly, "+
			"or export it", ErrUnsupported)
	}
	for _, res := range []resource{f.header.integrity, f.header.bootMetadata} {
		if err := res.check(f.size); err != nil {
			return fmt.Errorf("header: %w", err)
		}
	}
	u.header = f.header
	u.header.Flags &^= FlagWriteInProgress
	u.store = newStore(Options{Compression: f.header.Compression, ChunkSize: f.header.ChunkSize, Best: o.Best, Workers: o.Workers})
	for _, b := range f.table.blobs {
		u.store.put(&entry{known: true, hash: b.Hash, size: b.Size, res: b.res, written: true})
	}
	if err := u.plan(changes); err != nil {
		return err
	}
	var err error
	if u.out, err = newOutput(u.storage, f.end()); err != nil {
		return err
	}
	if err := u.store.write(ctx, u.out, o.Progress); err != nil {
		return err
	}
	if err := u.writeMetadata(); err != nil {
		return err
	}
	if err := u.writeTables(ctx); err != nil {
		return err
	}
	return u.commit(ctx)
}

// plan merges the changes into the list of images and counts what they refer to.
func (u *update) plan(changes []Change) error {
	f := u.file
	for i, info := range f.Images() {
		b := f.table.metadata[i]
		u.images = append(u.images, Change{Index: i + 1, Info: info})
		u.metadata = append(u.metadata, &entry{known: true, hash: b.Hash, size: b.Size, refs: 1, res: b.res, written: true})
	}
	for _, c := range changes {
		switch {
		case c.Index == len(u.images)+1 && c.Root != nil:
			u.images, u.metadata = append(u.images, c), append(u.metadata, nil)
		case c.Index < 1 || c.Index > len(u.images):
			return fmt.Errorf("%w: %d, of %d", ErrImageNotFound, c.Index, len(u.images))
		default:
			u.images[c.Index-1] = c
		}
	}
	for i, c := range u.images {
		root := c.Root
		if root == nil {
			old, err := f.Image(i + 1)
			if err != nil {
				return err
			}
			root = old.Root
		}
		if err := u.store.addTree(root, append([]*File{f}, c.From...)); err != nil {
			return fmt.Errorf("image %d: %w", i+1, err)
		}
	}
	return nil
}

// end is the end of all that the file refers to. What is behind it was left by
// a writer that did not finish.
func (f *File) end() int64 {
	h := &f.header
	end := max(headerSize, h.blobTable.end(), h.xml.end(), h.integrity.end(), h.bootMetadata.end())
	for _, b := range slices.Concat(f.table.blobs, f.table.metadata) {
		end = max(end, b.res.end())
	}
	return end
}

func (u *update) writeMetadata() error {
	for i := range u.images {
		c := &u.images[i]
		if c.Root == nil {
			continue
		}
		var err error
		if u.metadata[i], err = u.store.writeMetadata(c.Root); err != nil {
			return fmt.Errorf("image %d: %w", i+1, err)
		}
		c.Info.Count(c.Root)
		c.Info.putCounts()
	}
	return nil
}

func (u *update) writeTables(ctx context.Context) error {
	h := &u.header
	h.ImageCount = len(u.images)
	if h.BootIndex > 0 {
		h.bootMetadata = u.metadata[h.BootIndex-1].res
	}
	infos := make([]*Element, len(u.images))
	for i := range u.images {
		infos[i] = u.images[i].Info.element(i + 1)
	}
	wanted := slices.DeleteFunc(slices.Clone(u.store.entries), func(e *entry) bool { return e.refs == 0 })
	if err := u.store.writeTables(h, u.out, slices.Concat(wanted, u.metadata), fileXML(u.file.xml, infos)); err != nil {
		return err
	}
	return u.writeIntegrity(ctx)
}

// writeIntegrity writes an integrity table if the file had one, and takes from
// that the sums of the bytes that have not changed.
func (u *update) writeIntegrity(ctx context.Context) error {
	old, err := u.file.readIntegrity(u.file.parts[0])
	if errors.Is(err, ErrNoIntegrityTable) {
		return nil
	}
	if err != nil {
		return err
	}
	var known []byte
	if old.chunk == integrityChunk {
		known = old.sums[:u.file.parts[0].covered()/integrityChunk*sumSize]
	}
	return writeIntegrity(ctx, u.storage, u.out, &u.header, known)
}

// commit makes the change visible.
func (u *update) commit(ctx context.Context) error {
	if err := u.out.finish(); err != nil {
		return err
	}
	if u.out.pos < u.file.size {
		if err := u.storage.Truncate(u.out.pos); err != nil {
			return err
		}
	}
	if err := u.storage.Sync(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := u.storage.Seek(0, io.SeekStart); err != nil {
		return err
	}
	u.committing = true
	if _, err := u.storage.Write(u.header.bytes()); err != nil {
		return err
	}
	return u.storage.Sync()
}
