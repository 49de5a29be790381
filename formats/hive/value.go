package hive

import (
	"fmt"

	"github.com/gildhq/gild/formats/nt"
)

// Layout of a key value (regf "Key value").
const (
	vkNameLength = 2
	vkSize       = 4
	vkData       = 8
	vkType       = 12
	vkFlags      = 16
	vkHeader     = 20

	vkInline    = 1 << 31 // in vkSize: the data is in the vkData field
	vkCompName  = 1       // in vkFlags
	vkTombstone = 2       // in vkFlags
)

// maxSegment is the most data one cell holds; larger data is split up since
// format version 1.4 (regf "Big data"), into as many as a field of 16 bits counts.
const (
	maxSegment  = 16344
	maxSegments = 1<<16 - 1
)

// DefaultName is how the default value, whose name is empty, may be called.
const DefaultName = "(Default)"

// A Value is one value of a key. Data must not be changed.
type Value struct {
	Name string // empty for the default value
	Type ValueType
	Data []byte

	flags   uint16
	deleted bool   // see valueList
	fault   *Fault // the data can't be read
}

// Tombstone reports whether the value hides one of a lower layer ("layered
// keys", regf "Key value").
func (v *Value) Tombstone() bool { return v.flags&vkTombstone != 0 }

// Values returns the key's values in their order of creation. The slice must
// not be changed. When some can't be read the others come with a [*Fault].
func (k *Key) Values() ([]Value, error) {
	err := k.hive.needValues(k)
	return k.values.list(), err
}

func (d *decoder) needValues(k *Key) error {
	if d.load(k, loadedValues) {
		d.loadValues(k)
	}
	return k.valuesFault.err()
}

// Value returns the value of a name, regardless of case; "" and "(Default)"
// are the default value. A missing one is an [ErrNotExist], unless damage may
// have hidden it.
func (k *Key) Value(name string) (Value, error) {
	err := k.hive.needValues(k)
	if i := k.values.find(canonical(name)); i >= 0 {
		v := k.values.all[i]
		return v, v.fault.err()
	}
	if err != nil {
		return Value{}, err
	}
	return Value{}, fmt.Errorf("value %q of key %q: %w", name, k.Path(), ErrNotExist)
}

// canonical returns the name of a value that may be called [DefaultName].
func canonical(name string) string {
	if nt.Compare(name, DefaultName) == 0 {
		return ""
	}
	return name
}

// loadValues decodes the value list and its values.
func (d *decoder) loadValues(k *Key) {
	nk := k.node()
	count, list := le.Uint32(nk[nkValueCount:]), le.Uint32(nk[nkValueList:])
	if count == 0 || k.flags&FlagPredefHandle != 0 {
		return
	}
	cells, fault := d.bins.cell(list)
	if fault == nil && uint64(count)*4 > uint64(len(cells)) {
		fault = faultf(list, "list of %d values does not fit in its cell", count)
		count = uint32(len(cells) / 4)
	}
	if cells != nil {
		if f := d.claimSpace(list, 4*int(count)); f != nil {
			fault, cells = f, nil
		}
	}
	if fault != nil {
		k.valuesFault = d.report(k, fault)
	}
	if cells == nil {
		return
	}
	k.values.all = make([]Value, 0, count)
	for i := range int(count) {
		d.decodeValue(k, le.Uint32(cells[4*i:]))
	}
}

// decodeValue appends the value at a cell. A value that has a name but no
// readable data is there with its fault.
func (d *decoder) decodeValue(k *Key, cell uint32) {
	var v Value
	vk, fault := d.valueName(cell, &v)
	if fault == nil {
		v.Data, fault = d.data(cell, vk)
		v.fault = fault
		k.values.add(v)
	}
	if fault != nil {
		d.report(k, fault)
		if k.valuesFault == nil {
			k.valuesFault = fault
		}
	}
}

// valueName decodes a key value all but its data, and returns its bytes.
func (d *decoder) valueName(cell uint32, v *Value) ([]byte, *Fault) {
	vk, fault := d.bins.record(cell, "vk", vkHeader)
	if fault != nil {
		return nil, fault
	}
	length := int(le.Uint16(vk[vkNameLength:]))
	if length > len(vk)-vkHeader {
		return nil, faultf(cell, "value name of %d bytes does not fit in the cell", length)
	}
	if fault := d.claim(cell, vkHeader+length); fault != nil {
		return nil, fault
	}
	v.Type, v.flags = ValueType(le.Uint32(vk[vkType:])), le.Uint16(vk[vkFlags:])
	if raw := vk[vkHeader : vkHeader+length]; v.flags&vkCompName != 0 {
		v.Name = decodeLatin1(raw)
	} else {
		v.Name = nt.DecodeUTF16(raw)
	}
	return vk, nil
}

// data returns the data of a key value.
func (d *decoder) data(cell uint32, vk []byte) ([]byte, *Fault) {
	size := le.Uint32(vk[vkSize:])
	if size&vkInline != 0 {
		size &^= vkInline
		if size > 4 {
			return nil, faultf(cell, "value has %d bytes of data in a field of 4", size)
		}
		return vk[vkData : vkData+size : vkData+size], nil
	}
	if size == 0 {
		return nil, nil
	}
	at := le.Uint32(vk[vkData:])
	data, fault := d.bins.cell(at)
	if fault != nil {
		return nil, fault
	}
	if fault := d.claimSpace(at, int(size)); fault != nil {
		return nil, fault
	}
	if int(size) <= len(data) {
		return data[:size:size], nil
	}
	if size > maxSegment && d.Minor() > 3 && string(data[:2]) == "db" {
		return d.bigData(at, data, int(size))
	}
	return nil, faultf(at, "value data of %d bytes does not fit in its cell of %d", size, len(data))
}

// bigData puts the segments of a big data record together (regf "Big data").
func (d *decoder) bigData(cell uint32, db []byte, size int) ([]byte, *Fault) {
	if len(db) < 8 {
		return nil, faultf(cell, "db cell has %d bytes", len(db))
	}
	count, list := int(le.Uint16(db[2:])), le.Uint32(db[4:])
	segments, fault := d.bins.cell(list)
	if fault != nil {
		return nil, fault
	}
	if count*4 > len(segments) || count != (size+maxSegment-1)/maxSegment {
		return nil, faultf(list, "list of %d segments is not right for value data of %d bytes", count, size)
	}
	data := make([]byte, 0, size)
	for i := range count {
		at := le.Uint32(segments[4*i:])
		segment, fault := d.bins.cell(at)
		if fault != nil {
			return nil, fault
		}
		n := min(size-len(data), maxSegment)
		if n > len(segment) {
			return nil, faultf(at, "data segment has %d bytes instead of %d", len(segment), n)
		}
		data = append(data, segment[:n]...)
	}
	return data, nil
}
