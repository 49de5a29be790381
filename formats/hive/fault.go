package hive

import (
	"errors"
	"fmt"
	"io/fs"
)

// The categories of errors, for errors.Is.
var (
	// ErrFormat: the bytes are not a registry hive that can be read at all.
	ErrFormat = errors.New("not a readable registry hive")
	// ErrCorrupt: a part of the hive is damaged; the error is a [*Fault].
	ErrCorrupt = errors.New("corrupt registry hive")
	// ErrDirty: the hive was not flushed in full and its logs were not replayed.
	ErrDirty = errors.New("dirty registry hive")
	// ErrNotExist: there is no key or value of that name.
	ErrNotExist = fs.ErrNotExist
	// ErrInvalid: a name or data that a registry can't hold.
	ErrInvalid = errors.New("invalid registry data")
)

// A Fault is one damaged place of a hive.
type Fault struct {
	Path    string // of the key concerned, cut to its end if very long; empty for the root and for the file as a whole
	Cell    uint32 // offset of the cell concerned, from the start of the hive bins
	Message string // what is wrong
	// Harmless says that everything was read all the same and that writing the
	// hive heals it: a wrong order of subkeys, a wrong parent.
	Harmless bool
}

// Error names the key, the cell and the fault.
func (f *Fault) Error() string {
	where := ""
	if f.Path != "" {
		where = fmt.Sprintf("key %q: ", f.Path)
	}
	if f.Cell == noCell {
		return fmt.Sprintf("corrupt registry hive: %s%s", where, f.Message)
	}
	return fmt.Sprintf("corrupt registry hive: %scell %#x (file offset %#x): %s",
		where, f.Cell, int64(f.Cell)+baseSize, f.Message)
}

// Is makes every fault an [ErrCorrupt].
func (f *Fault) Is(target error) bool { return target == ErrCorrupt }

// err is the fault as an error that may be nil.
func (f *Fault) err() error {
	if f == nil {
		return nil
	}
	return f
}

// Bounds of how many faults of one hive are kept, and of their paths.
const (
	maxFaults    = 1000
	maxFaultPath = 4096
)

func faultf(cell uint32, format string, args ...any) *Fault {
	return &Fault{Cell: cell, Message: fmt.Sprintf(format, args...)}
}

// report records a fault met at a key (nil for the file as a whole).
func (d *decoder) report(k *Key, f *Fault) *Fault {
	if k != nil {
		f.Path = k.Path()
		if cut := len(f.Path) - maxFaultPath; cut > 0 {
			f.Path = "…" + f.Path[cut:]
		}
	}
	if !f.Harmless {
		d.damaged++
	}
	if len(d.faults) < maxFaults {
		d.faults = append(d.faults, f)
	}
	return f
}

// Warnings returns the faults found so far, at most 1,000. The slice must not
// be changed.
func (h *Hive) Warnings() []*Fault { return h.faults }

// Check reads everything the hive holds and returns all faults.
func (h *Hive) Check() []*Fault {
	h.loadAll(h.root)
	return h.faults
}

// loadAll decodes a key and all below it.
func (d *decoder) loadAll(k *Key) {
	// The faults are recorded in the hive.
	_, _ = k.Class()
	_, _ = k.Security()
	_ = d.needValues(k)
	k.values.list()   // after this neither it nor a search changes anything,
	k.values.find("") // so that several may read
	_ = d.needSubkeys(k)
	for _, sub := range k.subkeys {
		d.loadAll(sub)
	}
}
