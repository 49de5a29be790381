package driverstore

import (
	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// entry is a value to set, or a key to make if it has no value.
type entry struct {
	key   string
	value *image.Value
}

// entries are the values and keys written for a package, in order.
type entries []entry

func (e *entries) set(key, name string, t hive.ValueType, data []byte) {
	*e = append(*e, entry{key, &image.Value{Name: name, Type: t, Data: data}})
}

func (e *entries) make(key string) { *e = append(*e, entry{key: key}) }

func (e *entries) text(key, name, s string) { e.set(key, name, hive.RegSZ, hive.EncodeString(s)) }

func (e *entries) number(key, name string, n uint32) {
	e.set(key, name, hive.RegDword, hive.EncodeUint32(n))
}

// appended adds strings to a REG_MULTI_SZ, if that is the last entry.
func (e entries) appended(key, name string, list []byte) bool {
	if len(e) == 0 {
		return false
	}
	last := e[len(e)-1]
	if last.value == nil || !nt.Equal(last.key, key) || !nt.Equal(last.value.Name, name) {
		return false
	}
	last.value.Data = append(last.value.Data[:len(last.value.Data)-2:len(last.value.Data)-2], list...)
	return true
}

// list sets a REG_MULTI_SZ. No string may be empty.
func (e *entries) list(key, name string, list ...string) error {
	data, err := hive.EncodeMultiString(list)
	if err == nil {
		e.set(key, name, hive.RegMultiSZ, data)
	}
	return err
}

// some sets a list unless it is empty.
func (e *entries) some(key, name string, list []string) error {
	if len(list) == 0 {
		return nil
	}
	return e.list(key, name, list...)
}

// write writes the entries into the registry.
func (w *windows) write(all entries) error {
	for _, e := range all {
		if e.value == nil {
			if err := w.registry.CreateKey(e.key); err != nil {
				return err
			}
		} else if err := w.registry.SetValue(e.key, *e.value); err != nil {
			return err
		}
	}
	return nil
}
