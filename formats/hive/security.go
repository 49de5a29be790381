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
	k.hive.loadSecurity(k)
	if k.security == nil {
		return nil, k.securityFault.err()
	}
	return k.security.data, nil
}

func (d *decoder) loadSecurity(k *Key) {
	if !d.load(k, loadedSecurity) {
		return
	}
	cell := le.Uint32(k.node()[nkSecurity:])
	if cell == noCell {
		return
	}
	security, fault := d.descriptor(cell)
	if fault != nil {
		k.securityFault = d.report(k, fault)
		return
	}
	k.security = security
}

// inherited returns the descriptor of a new key below k, which is the same for all keys
// that share the one of k.
func (d *decoder) inherited(k *Key) (*descriptor, error) {
	if _, err := k.Security(); err != nil || k.security == nil {
		return nil, err
	}
	if known := d.handed[k.security]; known != nil {
		return known, nil
	}
	data, err := sd.Inherit(k.security.data, sd.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: security descriptor of key %q, from which a new key inherits: %w", ErrCorrupt, k.Path(), err)
	}
	handed := &descriptor{data}
	if bytes.Equal(data, k.security.data) {
		handed = k.security
	}
	if d.handed == nil {
		d.handed = map[*descriptor]*descriptor{}
	}
	d.handed[k.security] = handed
	return handed, nil
}

// descriptor returns the one at a cell, decoded once.
func (d *decoder) descriptor(cell uint32) (*descriptor, *Fault) {
	if known := d.descriptors[cell]; known != nil {
		return known, nil
	}
	sk, fault := d.bins.record(cell, "sk", skHeader)
	if fault != nil {
		return nil, fault
	}
	size := le.Uint32(sk[skSize:])
	if uint64(size) > uint64(len(sk)-skHeader) {
		return nil, faultf(cell, "security descriptor of %d bytes does not fit in the cell", size)
	}
	if fault := d.claimSpace(cell, skHeader+int(size)); fault != nil {
		return nil, fault
	}
	found := &descriptor{sk[skHeader : skHeader+size : skHeader+size]}
	d.descriptors[cell] = found
	return found, nil
}
