//go:build unix

package fileaccess

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// An entry of a POSIX access control list, as Linux keeps it in the extended
// attribute system.posix_acl_access (linux/posix_acl_xattr.h): a version of 4
// bytes, then entries of tag, rights and number, sorted by tag and number.
type entry struct {
	tag, bits uint16
	number    uint32
}

// Tags of entries.
const (
	tagOwner      = 0x01
	tagUser       = 0x02
	tagGroupOwner = 0x04
	tagGroup      = 0x08
	tagMask       = 0x10
	tagOther      = 0x20
)

const (
	listVersion = 2
	noNumber    = 0xffffffff
	entrySize   = 8
)

// list makes entries of rights for the accounts that the mode has no room for.
func list(r rights, named []id) []entry {
	group := r.groupGrade().bits()
	entries := []entry{
		{tagOwner, 6, noNumber}, {tagGroupOwner, group, noNumber}, {tagOther, r.others[everyone].bits(), noNumber},
	}
	mask := group
	for _, account := range named {
		tag := uint16(tagUser)
		if strings.HasPrefix(string(account), groupPrefix) {
			tag = tagGroup
		}
		bits := r.others[account].bits()
		entries, mask = append(entries, entry{tag, bits, uint32(account.number())}), mask|bits
	}
	entries = append(entries, entry{tagMask, mask, noNumber})
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(a.tag, b.tag), cmp.Compare(a.number, b.number)) })
	return entries
}

// grantList adds what the entries grant.
func grantList(r rights, entries []entry) {
	mask := uint16(7)
	for _, e := range entries {
		if e.tag == tagMask {
			mask = e.bits
		}
	}
	for _, e := range entries {
		number := strconv.FormatUint(uint64(e.number), 10)
		switch e.tag {
		case tagUser:
			r.grant(id(userPrefix+number), e.bits&mask)
		case tagGroup:
			r.grant(id(groupPrefix+number), e.bits&mask)
		case tagGroupOwner:
			r.grant(r.group, e.bits&mask)
		}
	}
}

func encodeList(entries []entry) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, listVersion)
	for _, e := range entries {
		b = le.AppendUint32(le.AppendUint16(le.AppendUint16(b, e.tag), e.bits), e.number)
	}
	return b
}

func decodeList(b []byte) ([]entry, error) {
	le := binary.LittleEndian
	if len(b) < 4 || le.Uint32(b) != listVersion || (len(b)-4)%entrySize != 0 {
		return nil, errors.New("its access control list has an unknown form")
	}
	var entries []entry
	for b = b[4:]; len(b) > 0; b = b[entrySize:] {
		entries = append(entries, entry{le.Uint16(b), le.Uint16(b[2:]), le.Uint32(b[4:])})
	}
	return entries, nil
}
