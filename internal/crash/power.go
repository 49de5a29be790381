package crash

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// Loss is what becomes of that which was not flushed when the power goes. Content
// is flushed by flushing the file; a name, which was given or taken away, by flushing
// a folder that it is or was in. This asks more of a program than ext4, XFS, Btrfs
// or NTFS do: they keep some order of their own, and it must not be relied on.
type Loss string

const (
	All       Loss = "all lost"      // nothing of it is there
	Content   Loss = "content lost"  // all names are there, no content
	Zeros     Loss = "zeros"         // all names are there, and content of the right length, which is zeros
	Names     Loss = "names lost"    // all content is there, no names
	Torn      Loss = "torn"          // names up to some moment; of each file what was written up to some moment, the last write in part
	Reordered Loss = "reordered"     // any of the names, any of the sectors
	Stale     Loss = "stale sectors" // as Reordered, but sectors that are missing hold something else
)

// Losses are all of them. The last three are drawn by lot.
var Losses = []Loss{All, Content, Zeros, Names, Torn, Reordered, Stale}

// Drawn tells whether there are many states of this loss.
func (l Loss) Drawn() bool { return l == Torn || l == Reordered || l == Stale }

// sector is what a disk writes as a whole.
const sector = 512

// Disk is what a disk holds after a loss of power.
type Disk struct{ nodes map[int]*node }

// After returns what a disk may hold when the power goes after n operations. The
// same seed gives the same disk.
func (l *Log) After(n int, loss Loss, seed uint64) *Disk {
	d := &drawer{Loss: loss, rng: rand.New(rand.NewPCG(seed, uint64(n))), until: map[int]int{}, last: n}
	disk := &Disk{nodes: map[int]*node{}}
	for number, n := range l.base {
		disk.nodes[number] = n.clone()
	}
	for i, o := range l.ops[:n] {
		switch {
		case o.kind == flushes:
		case l.flushed(i, n):
			disk.do(o)
		case o.kind == names || o.kind == unnames:
			if d.keepsName(i) {
				disk.do(o)
			}
		default:
			d.content(disk, i, o)
		}
	}
	return disk
}

// flushed tells whether an operation was on the disk after n of them.
func (l *Log) flushed(i, n int) bool {
	o := l.ops[i]
	for _, f := range l.ops[i+1 : n] {
		if f.kind != flushes || f.before <= i {
			continue
		}
		switch o.kind {
		case names, unnames:
			if f.file == o.at.dir || o.moves && f.file == o.from.dir {
				return true
			}
		default:
			if f.file == o.file {
				return true
			}
		}
	}
	return false
}

// file returns the node of a number, made where it is not there yet.
func (d *Disk) file(number int) *node {
	if d.nodes[number] == nil {
		d.nodes[number] = &node{}
	}
	return d.nodes[number]
}

func (d *Disk) dir(number int) *node {
	n := d.file(number)
	if n.entries == nil {
		n.entries = map[string]int{}
	}
	return n
}

func (d *Disk) do(o operation) {
	switch o.kind {
	case writes:
		d.file(o.file).write(o.off, o.data)
	case truncates:
		d.file(o.file).truncate(o.off)
	case unnames:
		d.forget(o.at, o.file)
	case names:
		if o.moves {
			d.forget(o.from, o.file)
		}
		d.dir(o.at.dir).entries[o.at.name] = o.file
		if o.folder {
			d.dir(o.file)
		}
	}
}

func (d *Disk) forget(p place, file int) {
	if entries := d.dir(p.dir).entries; entries[p.name] == file {
		delete(entries, p.name)
	}
}

func (n *node) write(off int64, data []byte) {
	if end := off + int64(len(data)); end > int64(len(n.content)) {
		n.truncate(end)
	}
	copy(n.content[off:], data)
}

func (n *node) truncate(size int64) {
	if size <= int64(len(n.content)) {
		n.content = n.content[:size]
		return
	}
	n.content = append(n.content, make([]byte, size-int64(len(n.content)))...)
}

// drawer decides what is left of that which was not flushed.
type drawer struct {
	Loss
	rng   *rand.Rand
	until map[int]int // of a torn file, and of all names (-1): the last operation that is kept
	last  int
}

// upTo returns the operation up to which a file, or the names, are kept.
func (d *drawer) upTo(number int) int {
	if _, ok := d.until[number]; !ok {
		d.until[number] = d.rng.IntN(d.last + 1)
	}
	return d.until[number]
}

func (d *drawer) keepsName(i int) bool {
	switch d.Loss {
	case Content, Zeros:
		return true
	case Torn:
		return i <= d.upTo(-1)
	case Reordered, Stale:
		return d.rng.IntN(2) == 0
	}
	return false
}

func (d *drawer) content(disk *Disk, i int, o operation) {
	switch d.Loss {
	case Names:
		disk.do(o)
	case Zeros:
		o.data = make([]byte, len(o.data))
		disk.do(o)
	case Torn:
		switch until := d.upTo(o.file); {
		case i == until && o.kind == writes:
			o.data = o.data[:d.rng.IntN(len(o.data)/sector+1)*sector]
			disk.do(o)
		case i <= until:
			disk.do(o)
		}
	case Reordered, Stale:
		if o.kind == truncates {
			if d.rng.IntN(2) == 0 {
				disk.do(o)
			}
			return
		}
		d.sectors(disk, o)
	}
}

// sectors keeps any of the sectors of a write.
func (d *drawer) sectors(disk *Disk, o operation) {
	keep := d.rng.IntN(5) // quarters of them
	for len(o.data) > 0 {
		n := min(int64(len(o.data)), sector-o.off%sector)
		part := operation{kind: writes, file: o.file, off: o.off, data: o.data[:n]}
		switch {
		case d.rng.IntN(4) < keep:
			disk.do(part)
		case d.Loss == Stale:
			part.data = slices.Repeat([]byte{0xE5}, int(n))
			disk.do(part)
		}
		o.data, o.off = o.data[n:], o.off+n
	}
}

// Put makes the folder hold what the disk holds, and nothing else.
func (d *Disk) Put(dir string) error {
	found, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range found {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return d.put(dir, root, 0)
}

func (d *Disk) put(dir string, number, depth int) error {
	if depth > 100 { // folders that were moved into each other
		return fmt.Errorf("%s: folders within themselves", dir)
	}
	for name, n := range d.dir(number).entries {
		path, file := filepath.Join(dir, name), d.file(n)
		if file.entries == nil {
			if err := os.WriteFile(path, file.content, 0o666); err != nil {
				return err
			}
			continue
		}
		if err := os.Mkdir(path, 0o777); err != nil {
			return err
		}
		if err := d.put(path, n, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// Sum tells disks apart that hold different things.
func (d *Disk) Sum() [32]byte {
	h := sha256.New()
	d.sum(h, root, 0)
	return [32]byte(h.Sum(nil))
}

func (d *Disk) sum(h hash.Hash, number, depth int) {
	entries := d.dir(number).entries
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		n := d.file(entries[name])
		fmt.Fprintf(h, "%d %q %d\n", depth, name, len(n.content))
		h.Write(n.content)
		if n.entries != nil && depth < 100 {
			d.sum(h, entries[name], depth+1)
		}
	}
}
