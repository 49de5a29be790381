package preflight

import (
	"slices"

	"github.com/gildhq/gild/formats/sd"
)

// Rights of files ([MS-DTYP] §2.4.3, "File Access Rights Constants").
const (
	readData  = 0x00000001
	writeAny  = 0x00000002 | 0x00000004 | 0x00010000 | 0x00040000 | 0x00080000 // data, append, delete, DACL, owner
	allRights = 0x10000000                                                     // GENERIC_ALL
	anyWrite  = 0x40000000                                                     // GENERIC_WRITE
	anyRead   = 0x80000000                                                     // GENERIC_READ
)

// wide returns the name of a group that contains everyone who signs in; empty for other SIDs
// ([MS-DTYP] §2.4.2.4).
func wide(sid sd.SID) string {
	for name, known := range map[string][]byte{
		"Everyone":            {1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0},
		"Authenticated Users": {1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0},
		"Users":               {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 33, 2, 0, 0},
	} {
		if slices.Equal(sid, known) {
			return name
		}
	}
	return ""
}

// accessOfDescriptor returns which of these groups have access by a self-relative descriptor. It
// ignores entries that deny access, so the result says who has access at most.
func accessOfDescriptor(b []byte) (Access, error) {
	d, err := sd.Parse(b)
	if err != nil {
		return Access{}, err
	}
	if d.Control&sd.DACLPresent == 0 || d.DACL == nil {
		return Access{Read: []string{"Everyone"}, Write: []string{"Everyone"}}, nil
	}
	var a Access
	for _, ace := range d.DACL.ACEs {
		name := wide(ace.SID)
		if name == "" || ace.Type != sd.AccessAllowed || ace.Flags&sd.InheritOnly != 0 {
			continue
		}
		if ace.Mask&(readData|allRights|anyRead) != 0 {
			a.Read = append(a.Read, name)
		}
		if ace.Mask&(writeAny|allRights|anyWrite) != 0 {
			a.Write = append(a.Write, name)
		}
	}
	return a, nil
}
