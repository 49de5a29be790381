package hive

import "github.com/gildhq/gild/formats/nt"

// NewOptions describe a new hive. The zero value is a good one.
type NewOptions struct {
	RootName string  // "ROOT" if empty
	FileName string  // the end of its path, for debuggers; at most 31 characters are kept
	Minor    int     // minor version of the format, 3 to 6; 0 is 5
	Written  nt.Time // of the root key and the base block
	Security []byte  // self-relative descriptor of the root key; nil is [DefaultSecurity]
}

// New returns an empty hive. It panics if the minor version is not one.
func New(o NewOptions) *Hive {
	if o.Minor == 0 {
		o.Minor = 5
	}
	if o.Minor < 3 || o.Minor > 6 {
		panic("hive: minor version out of range")
	}
	if o.RootName == "" {
		o.RootName = "ROOT"
	}
	if o.Security == nil {
		o.Security = DefaultSecurity()
	}
	base := make(baseBlock, baseSize)
	copy(base, "regf")
	base.setField(baseMajor, 1)
	base.setField(baseMinor, uint32(o.Minor))
	base.setField(baseFormat, 1)
	base.setField(baseCluster, 1)
	base.setWritten(o.Written)
	copy(base[baseName:baseName+baseNameSize-2], nt.AppendUTF16(nil, o.FileName))
	h := &Hive{decoder: decoder{base: base, descriptors: map[uint32]*descriptor{}}}
	h.root = &Key{
		hive: h, name: o.RootName, cell: noCell, flags: FlagHiveEntry | FlagNoDelete,
		written: o.Written, security: &descriptor{o.Security},
	}
	return h
}

// DefaultSecurity is a self-relative security descriptor for the root of a
// machine hive, inherited by the keys below: owner and group Administrators;
// full access for SYSTEM and Administrators, read access for Users
// ([MS-DTYP] §2.4.6; in SDDL O:BAG:BAD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;KR;;;BU)).
func DefaultSecurity() []byte {
	const keyAll, keyRead = 0xf003f, 0x20019
	system := []uint32{18}
	administrators := []uint32{32, 544}
	users := []uint32{32, 545}

	var acl []byte
	for _, ace := range []struct {
		mask uint32
		sid  []uint32
	}{{keyAll, system}, {keyAll, administrators}, {keyRead, users}} {
		s := sid(ace.sid)
		acl = append(acl, 0, 2) // access allowed; inherited by containers
		acl = le.AppendUint16(acl, uint16(8+len(s)))
		acl = le.AppendUint32(acl, ace.mask)
		acl = append(acl, s...)
	}
	owner := sid(administrators)
	const header = 20
	sd := []byte{1, 0, 0x04, 0x90} // revision; self-relative, protected DACL present
	sd = le.AppendUint32(sd, uint32(header+8+len(acl)))
	sd = le.AppendUint32(sd, uint32(header+8+len(acl)+len(owner)))
	sd = le.AppendUint32(sd, 0)
	sd = le.AppendUint32(sd, header)
	sd = append(sd, 2, 0)
	sd = le.AppendUint16(sd, uint16(8+len(acl)))
	sd = append(sd, 3, 0, 0, 0)
	sd = append(sd, acl...)
	sd = append(sd, owner...)
	return append(sd, owner...)
}

// sid encodes S-1-5-… ([MS-DTYP] §2.4.2.2).
func sid(subs []uint32) []byte {
	b := []byte{1, byte(len(subs)), 0, 0, 0, 0, 0, 5}
	for _, s := range subs {
		b = le.AppendUint32(b, s)
	}
	return b
}
