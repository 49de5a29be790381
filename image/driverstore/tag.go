package driverstore

import (
	"encoding/binary"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// tag returns the lowest number that no service of a load order group has, and marks it
// as used. Windows takes any free number (CreateService, lpdwTagId).
func (s *Store) tag(group string) uint32 {
	if s.state.tags == nil {
		s.state.tags = map[string]map[uint32]bool{}
		for _, name := range s.records.Below(services) {
			if v, err := s.registry.Value(services+`\`+name, "Tag"); err != nil || len(v.Data) != 4 {
				continue
			}
			k, _ := s.records.Key(services + `\` + name)
			if n, ok := k.Number("Tag"); ok {
				s.takeTag(k.Text("Group"), n)
			}
		}
	}
	n := uint32(1)
	for s.state.tags[nt.Fold(group)][n] {
		n++
	}
	s.takeTag(group, n)
	return n
}

func (s *Store) takeTag(group string, n uint32) {
	group = nt.Fold(group)
	if s.state.tags[group] == nil {
		s.state.tags[group] = map[uint32]bool{}
	}
	s.state.tags[group][n] = true
}

// freeTag releases the tag of a removed service.
func (s *Store) freeTag(values map[string]image.Value) {
	tag, group := values[nt.Fold("Tag")], values[nt.Fold("Group")]
	if s.state.tags != nil && len(tag.Data) == 4 {
		delete(s.state.tags[nt.Fold(hive.DecodeString(group.Data))], binary.LittleEndian.Uint32(tag.Data))
	}
}
