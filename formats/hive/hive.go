package hive

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// A Hive is one registry hive: a tree of keys.
type Hive struct {
	root      *Key
	dirt      string // why the hive is dirty, or empty
	recovered bool
	decoder
}

// decoder decodes the parts of keys when they are first asked for.
type decoder struct {
	base    baseBlock // baseSize bytes; what is not the tree's is kept from here
	bins    bins
	faults  []*Fault
	damaged int // faults that are not harmless

	seen        []uint64 // a bit for every 8 bytes of the bins: cell is taken by a key or value
	claimed     int      // bytes that went into the tree so far
	descriptors map[uint32]*descriptor
	handed      map[*descriptor]*descriptor // what keys below one of that descriptor inherit
}

// Parse reads a hive. The tree refers to data, which must not change as long
// as the hive is in use. An error is an [ErrFormat] or [ErrCorrupt] and means
// that nothing can be read; damage further down comes with the calls that meet
// it. Logs are not replayed: see [Open].
func Parse(data []byte) (*Hive, error) {
	if !hasSignature(data) || len(data) < baseSize {
		return nil, fmt.Errorf("%w: no regf base block of %d bytes at its beginning", ErrFormat, baseSize)
	}
	base := baseBlock(append([]byte(nil), data[:baseSize]...))
	if err := base.check(); err != nil {
		return nil, err
	}
	h := &Hive{dirt: base.dirt(), decoder: decoder{base: base, descriptors: map[uint32]*descriptor{}}}
	size := base.field(baseBinsSize)
	if !base.sealed() {
		size = binsExtent(data[baseSize:])
	}
	h.bins = newBins(data[baseSize:], size, func(f *Fault) { h.report(nil, f) })
	h.seen = make([]uint64, len(h.bins.data)/(8*64)+1)
	root := &Key{hive: h}
	if fault := h.decode(root, base.field(baseRoot)); fault != nil {
		return nil, fmt.Errorf("root key: %w", fault)
	}
	h.root = root
	return h, nil
}

// Root returns the root key, whose name is of no importance to Windows.
func (h *Hive) Root() *Key { return h.root }

// Dirty says what of the hive was not written and can't be had from its transaction
// logs, or is empty for a clean hive and one that was recovered in full.
func (h *Hive) Dirty() string { return h.dirt }

// Minor returns the minor version of the format, 3 to 6.
func (d *decoder) Minor() int { return int(d.base.field(baseMinor)) }

// Sequence returns the sequence number of the last write.
func (h *Hive) Sequence() uint32 { return h.base.sequence() }

// LastWritten returns the time in the base block. Windows does not maintain it
// since 8.1.
func (h *Hive) LastWritten() nt.Time { return h.base.written() }

// FileName returns the end of the path the hive had when Windows wrote it.
func (h *Hive) FileName() string {
	name, _, _ := strings.Cut(nt.DecodeUTF16(h.base[baseName:baseName+baseNameSize]), "\x00")
	return name
}

// claim takes a cell of n bytes for a key or value. As every cell is taken once,
// lists can form neither loops nor bombs.
func (d *decoder) claim(cell uint32, n int) *Fault {
	word, bit := cell/(8*64), uint64(1)<<(cell/8%64)
	if d.seen[word]&bit != 0 {
		return faultf(cell, "cell belongs to another key already")
	}
	d.seen[word] |= bit
	return d.claimSpace(cell, n)
}

// claimSpace accounts for n bytes that a cell adds to the tree. All together
// they are no more than the hive has, or else cells overlap.
func (d *decoder) claimSpace(cell uint32, n int) *Fault {
	if n > len(d.bins.data)-d.claimed {
		return faultf(cell, "cell of %d bytes does not fit into this hive with all others; cells overlap", n)
	}
	d.claimed += n
	return nil
}

// LogNames returns the names of the transaction logs of a hive file.
func LogNames(name string) []string {
	return []string{name + ".LOG", name + ".LOG1", name + ".LOG2"}
}
