package hive

import (
	"bytes"
	"fmt"

	"github.com/gildhq/gild/formats/sd"
)

// Layout of a key security cell (regf "Key security").
const (
	skNext     = 4
	skPrevious = 8
	skCount    = 12
	skSize     = 16
	skHeader   = 20
)

// A descriptor is a self-relative security descriptor that keys share.
type descriptor struct {
	data []byte
}

// Security returns the key's self-relative security descriptor, nil if it has
// none. It must not be changed.
func (k *Key) Security() ([]byte, error) {
	k.loadSecurity()
	if k.security == nil {
		return nil, k.securityFault.err()
	}
	return k.security.data, nil
}

func (k *Key) loadSecurity() {
	if !k.load(loadedSecurity) {
		return
	}
	cell := le.Uint32(k.node()[nkSecurity:])
	if cell == noCell {
		return
	}
	d, fault := k.hive.descriptor(cell)
	if fault != nil {
		k.securityFault = k.hive.report(k, fault)
		return
	}
	k.security = d
}

// inherited returns the descriptor of a new key below this one, which is the same
// for all keys that share this one's.
func (k *Key) inherited() (*descriptor, error) {
	if _, err := k.Security(); err != nil || k.security == nil {
		return nil, err
	}
	if d := k.hive.handed[k.security]; d != nil {
		return d, nil
	}
	data, err := sd.Inherit(k.security.data, sd.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: security descriptor of key %q, from which a new key inherits: %w", ErrCorrupt, k.Path(), err)
	}
	d := &descriptor{data}
	if bytes.Equal(data, k.security.data) {
		d = k.security
	}
	if k.hive.handed == nil {
		k.hive.handed = map[*descriptor]*descriptor{}
	}
	k.hive.handed[k.security] = d
	return d, nil
}

// descriptor returns the one at a cell, decoded once.
func (h *Hive) descriptor(cell uint32) (*descriptor, *Fault) {
	if d := h.descriptors[cell]; d != nil {
		return d, nil
	}
	sk, fault := h.bins.record(cell, "sk", skHeader)
	if fault != nil {
		return nil, fault
	}
	size := le.Uint32(sk[skSize:])
	if uint64(size) > uint64(len(sk)-skHeader) {
		return nil, faultf(cell, "security descriptor of %d bytes does not fit in the cell", size)
	}
	if fault := h.claimSpace(cell, skHeader+int(size)); fault != nil {
		return nil, fault
	}
	d := &descriptor{sk[skHeader : skHeader+size : skHeader+size]}
	h.descriptors[cell] = d
	return d, nil
}
