package fileaccess

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/sd"
)

// SIDs of Everyone and of OWNER RIGHTS ([MS-DTYP] §2.4.2.4).
const (
	sidEveryone    = "S-1-1-0"
	sidOwnerRights = "S-1-3-4"
)

// Rights of files ([MS-DTYP] §2.4.3, [MS-SMB2] §2.2.13.1): all, those of
// FILE_GENERIC_READ, those of FILE_GENERIC_WRITE with DELETE.
const (
	ntAll   = 0x1f01ff
	ntRead  = 0x120089
	ntWrite = ntRead | 0x120116 | 0x10000

	// GENERIC_READ, and any of the rights to write, append or delete, to change the
	// list or the owner, GENERIC_WRITE and GENERIC_ALL.
	ntMayRead  = 0x80000001
	ntMayWrite = 0x500d0006
)

// descriptor returns rights as a self-relative security descriptor. Its list is
// protected, so that the folder's entries are not added.
func descriptor(r rights) ([]byte, error) {
	owner, err := parseSID(sidOwnerRights)
	if err != nil {
		return nil, err
	}
	list := &sd.ACL{Revision: 2, ACEs: []sd.ACE{{Type: sd.AccessAllowed, Mask: ntAll, SID: owner}}}
	for _, account := range slices.Sorted(maps.Keys(r.others)) {
		text := string(account)
		if account == everyone {
			text = sidEveryone
		}
		s, err := parseSID(text)
		if err != nil {
			return nil, err
		}
		mask := uint32(ntRead)
		if r.others[account] == mayWrite {
			mask = ntWrite
		}
		list.ACEs = append(list.ACEs, sd.ACE{Type: sd.AccessAllowed, Mask: mask, SID: s})
	}
	d := sd.Descriptor{Control: sd.DACLPresent | sd.DACLProtected, DACL: list}
	return d.Bytes()
}

// rightsOf reads the rights from a self-relative security descriptor. Entries that
// this package would not write appear as an account that no rule names.
func rightsOf(b []byte) (rights, error) {
	d, err := sd.Parse(b)
	if err != nil {
		return rights{}, err
	}
	r := rights{listed: true, owner: formatSID(d.Owner), group: formatSID(d.Group), others: map[id]grade{}}
	if d.DACL == nil {
		r.others[everyone] = mayWrite
		return r, nil
	}
	for _, a := range d.DACL.ACEs {
		account := formatSID(a.SID)
		switch {
		case a.Flags&sd.InheritOnly != 0 || account == sidOwnerRights:
			continue
		case a.Type != sd.AccessAllowed:
			account = "denied:" + account
		}
		switch {
		case a.Mask&ntMayWrite != 0:
			r.others[account] = mayWrite
		case a.Mask&ntMayRead != 0:
			r.others[account] = max(r.others[account], mayRead)
		}
	}
	return r, nil
}

// formatSID writes a SID as text ([MS-DTYP] §2.4.2.1), and Everyone as [everyone].
func formatSID(s sd.SID) id {
	if len(s) < 8 {
		return ""
	}
	var authority uint64
	for _, b := range s[2:8] {
		authority = authority<<8 | uint64(b)
	}
	text := fmt.Sprintf("S-%d-%d", s[0], authority)
	for b := s[8:]; len(b) >= 4; b = b[4:] {
		text += "-" + strconv.FormatUint(uint64(binary.LittleEndian.Uint32(b)), 10)
	}
	if text == sidEveryone {
		return everyone
	}
	return id(text)
}

// parseSID reads a SID as text.
func parseSID(text string) (sd.SID, error) {
	parts := strings.Split(text, "-")
	if len(parts) < 3 || len(parts) > 3+15 || parts[0] != "S" || parts[1] != "1" {
		return nil, fmt.Errorf("%q is not a SID, which is written like S-1-5-32-545", text)
	}
	authority, err := strconv.ParseUint(parts[2], 10, 48)
	s := sd.SID(binary.BigEndian.AppendUint64(nil, authority))
	s[0], s[1] = 1, byte(len(parts)-3)
	for _, part := range parts[3:] {
		n, e := strconv.ParseUint(part, 10, 32)
		if e != nil {
			err = e
		}
		s = binary.LittleEndian.AppendUint32(s, uint32(n))
	}
	if err != nil {
		return nil, fmt.Errorf("%q is not a SID: %w", text, err)
	}
	return s, nil
}
