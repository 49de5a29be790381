package hive

import (
	"fmt"
	"io"
	"math"

	"github.com/gildhq/gild/formats/nt"
)

// WriteOptions say how to write a hive. The zero value is a good one.
type WriteOptions struct {
	Sequence     uint32  // sequence number of this write; 0 is the last one + 1
	Time         nt.Time // for the base block; 0 leaves what it has
	AllowDirty   bool    // write a dirty hive: changes in its lost logs are lost
	AllowDamaged bool    // write a damaged hive: what can't be read is lost
}

// MaxSize is the largest the hive bins can be: offsets have 31 usable bits, and
// Windows maps no larger hive.
const MaxSize = math.MaxInt32 &^ (pageSize - 1)

// WriteTo writes what [Hive.Bytes] with no options returns.
func (h *Hive) WriteTo(w io.Writer) (int64, error) {
	data, err := h.Bytes(WriteOptions{})
	if err != nil {
		return 0, err
	}
	n, err := w.Write(data)
	return int64(n), err
}

// Bytes returns the hive as a compact and clean hive file. The bytes depend on
// the tree, the base block and the options alone. Volatile keys are left out.
// The hive itself is not changed by it.
func (h *Hive) Bytes(o WriteOptions) ([]byte, error) {
	if h.dirt != "" && !o.AllowDirty {
		return nil, fmt.Errorf("%w: %s; replay its .LOG1 and .LOG2, or allow writing without what they hold", ErrDirty, h.dirt)
	}
	h.Check()
	if h.damaged > 0 && !o.AllowDamaged {
		return nil, fmt.Errorf("%d damaged places would be lost by writing; the first: %w", h.damaged, h.firstDamage())
	}
	w := newWriter(h)
	root := w.key(h.root, noCell)
	w.linkDescriptors()
	w.close()
	if len(w.data)-baseSize > MaxSize {
		return nil, fmt.Errorf("%w: hive of %d bytes (%d are allowed)", ErrInvalid, len(w.data), MaxSize)
	}
	return w.finish(root, o), nil
}

func (h *Hive) firstDamage() error {
	for _, f := range h.faults {
		if !f.Harmless {
			return f
		}
	}
	return ErrCorrupt // only when maxFaults harmless ones came first
}

// finish completes the base block and puts it before the bins.
func (w *writer) finish(root uint32, o WriteOptions) []byte {
	base := make(baseBlock, baseSize)
	copy(base, w.hive.base)
	if o.Sequence == 0 {
		o.Sequence = base.sequence() + 1
	}
	if o.Time != 0 {
		base.setWritten(o.Time)
	}
	base.setField(basePrimary, o.Sequence)
	base.setField(baseSecondary, o.Sequence)
	base.setField(baseType, typePrimary)
	base.setField(baseRoot, root)
	base.setField(baseBinsSize, uint32(len(w.data)))
	base.setField(baseBootType, 0)
	base.setField(baseBootRecover, 0)
	base.seal()
	le.PutUint64(w.data[20:], uint64(base.written())) // the first bin repeats it
	return append(base, w.data...)
}
