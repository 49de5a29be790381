package driverstore

import (
	"encoding/binary"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// tag returns the lowest number that no service of a load order group has, and marks it
// as used. Windows takes any free number (CreateService, lpdwTagId).
func (w *windows) tag(group string) uint32 {
	if w.state.tags == nil {
		w.state.tags = map[string]map[uint32]bool{}
		for _, name := range w.records.Below(services) {
			if v, err := w.registry.Value(services+`\`+name, "Tag"); err != nil || len(v.Data) != 4 {
				continue
			}
			k, _ := w.records.Key(services + `\` + name)
			if n, ok := k.Number("Tag"); ok {
				w.takeTag(k.Text("Group"), n)
			}
		}
	}
	n := uint32(1)
	for w.state.tags[nt.Fold(group)][n] {
		n++
	}
	w.takeTag(group, n)
	return n
}

func (w *windows) takeTag(group string, n uint32) {
	group = nt.Fold(group)
	if w.state.tags[group] == nil {
		w.state.tags[group] = map[uint32]bool{}
	}
	w.state.tags[group][n] = true
}

// freeTag releases the tag of a removed service.
func (w *windows) freeTag(values map[string]image.Value) {
	tag, group := values[nt.Fold("Tag")], values[nt.Fold("Group")]
	if w.state.tags != nil && len(tag.Data) == 4 {
		delete(w.state.tags[nt.Fold(hive.DecodeString(group.Data))], binary.LittleEndian.Uint32(tag.Data))
	}
}
