// Package cat reads security catalogues (.cat): the files that sign a driver
// package or an update by listing the digests of its files.
//
// A catalogue is a message of signed data (RFC 5652, before it PKCS #7) whose
// content is a certificate trust list. [Parse] reads the list; [Catalog.Verify]
// checks that the holder of the certificate in the file has signed this list. It
// does not check whether that certificate is to be trusted: nothing is said of its
// issuer, its time, its purpose or its revocation.
//
// Sources: RFC 5652; "Certificate Trust List" ([MS-CAESO] and wincrypt.h), and
// "Windows Authenticode Portable Executable Signature Format" (2008) for
// SpcIndirectDataContent; the attributes of members are those of mscat.h.
package cat

import (
	"crypto"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	// The algorithms of members and signatures.
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
)

// ErrFormat is the category of what is no security catalogue.
var ErrFormat = errors.New("not a security catalogue")

// MaxSize is the size of the largest catalogue that is read, in bytes.
const MaxSize = 64 << 20

// Catalog is a catalogue that was read.
type Catalog struct {
	ID      []byte    // list identifier; may be empty
	Time    time.Time // when it was made
	Members []Member
	// Attributes are what is said of the catalogue as a whole, such as "OS" and
	// "HWID1", by name; the first of a name counts.
	Attributes map[string]string

	content []byte // the list without its tag and length: what is signed
	signed  signedData
	index   map[string]int // members by digest
}

// Member is a file that the catalogue vouches for.
type Member struct {
	Tag    string // what identifies it, mostly its digest in hexadecimal
	Hash   crypto.Hash
	Digest []byte // of a portable executable that of its image, else of the file
	Image  bool   // the digest is that of a portable executable's image, where the catalogue says so
	// Attributes are what is said of it, such as "File" and "OSAttr", by name.
	Attributes map[string]string
}

// Object identifiers ([MS-CAESO], mscat.h, wintrust.h, RFC 5652).
const (
	oidTrustList    = "1.3.6.1.4.1.311.10.1"
	oidCatalogList  = "1.3.6.1.4.1.311.12.1.1"
	oidMember       = "1.3.6.1.4.1.311.12.1.2"
	oidMember2      = "1.3.6.1.4.1.311.12.1.3"
	oidNameValue    = "1.3.6.1.4.1.311.12.2.1"
	oidIndirectData = "1.3.6.1.4.1.311.2.1.4"
	oidImageData    = "1.3.6.1.4.1.311.2.1.15"
)

type trustList struct {
	Version    int `asn1:"optional,default:0"`
	Usage      []asn1.ObjectIdentifier
	ID         []byte   `asn1:"optional"`
	Sequence   *big.Int `asn1:"optional"`
	Time       time.Time
	Next       time.Time `asn1:"optional"`
	Algorithm  algorithm
	Subjects   []subject     `asn1:"optional"`
	Extensions asn1.RawValue `asn1:"optional,explicit,tag:0"`
}

type algorithm struct {
	OID        asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

type subject struct {
	ID         []byte
	Attributes []attribute `asn1:"set"`
}

type attribute struct {
	OID    asn1.ObjectIdentifier
	Values asn1.RawValue // SET
}

// Parse reads a catalogue. It fails with an ErrFormat.
func Parse(data []byte) (*Catalog, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrFormat, len(data), MaxSize)
	}
	c := &Catalog{Attributes: map[string]string{}, index: map[string]int{}}
	list, err := c.readSigned(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err := c.readList(list); err != nil {
		return nil, fmt.Errorf("%w: trust list: %w", ErrFormat, err)
	}
	return c, nil
}

// unmarshal reads a value that is all there is.
func unmarshal(data []byte, v any, params string) error {
	rest, err := asn1.UnmarshalWithParams(data, v, params)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes behind its end", len(rest))
	}
	return err
}

func (c *Catalog) readList(data []byte) error {
	var list trustList
	if err := unmarshal(data, &list, ""); err != nil {
		return err
	}
	if len(list.Usage) != 1 || list.Usage[0].String() != oidCatalogList {
		return fmt.Errorf("it is for %v, not for a catalogue", list.Usage)
	}
	second := false
	switch oid := list.Algorithm.OID.String(); oid {
	case oidMember:
	case oidMember2:
		second = true
	default:
		return fmt.Errorf("members of the form %s are not known", oid)
	}
	c.ID, c.Time = list.ID, list.Time
	for i, s := range list.Subjects {
		m, err := s.member(second)
		if err != nil {
			return fmt.Errorf("member %d: %w", i+1, err)
		}
		if _, ok := c.index[string(m.Digest)]; !ok {
			c.index[string(m.Digest)] = len(c.Members)
		}
		c.Members = append(c.Members, m)
	}
	return c.readExtensions(list.Extensions)
}

// readExtensions reads what is said of the catalogue as a whole.
func (c *Catalog) readExtensions(raw asn1.RawValue) error {
	if len(raw.FullBytes) == 0 {
		return nil
	}
	var extensions []struct {
		OID      asn1.ObjectIdentifier
		Critical bool `asn1:"optional"`
		Value    []byte
	}
	if err := unmarshal(raw.Bytes, &extensions, ""); err != nil {
		return fmt.Errorf("extensions: %w", err)
	}
	for _, e := range extensions {
		if e.OID.String() == oidNameValue {
			if err := nameValue(c.Attributes, e.Value); err != nil {
				return fmt.Errorf("extensions: %w", err)
			}
		}
	}
	return nil
}

// member reads a member. Those of the second form are identified by their digest
// itself, and may say no more than that.
func (s *subject) member(second bool) (Member, error) {
	m := Member{Attributes: map[string]string{}}
	if second {
		m.Digest, m.Hash, m.Tag = s.ID, hashOfSize(len(s.ID)), fmt.Sprintf("%X", s.ID)
	} else {
		m.Tag = utf16Text(s.ID, false)
	}
	for _, a := range s.Attributes {
		var err error
		switch a.OID.String() {
		case oidNameValue:
			err = nameValue(m.Attributes, a.Values.Bytes)
		case oidIndirectData:
			err = m.indirect(a.Values.Bytes)
		}
		if err != nil {
			return m, fmt.Errorf("attribute %v: %w", a.OID, err)
		}
	}
	if m.Hash != 0 && len(m.Digest) != m.Hash.Size() {
		return m, fmt.Errorf("a digest of %d bytes", len(m.Digest))
	}
	return m, nil
}

// indirect reads what is digested and the digest.
func (m *Member) indirect(data []byte) error {
	var v struct {
		Data struct {
			Type  asn1.ObjectIdentifier
			Value asn1.RawValue `asn1:"optional"`
		}
		Digest struct {
			Algorithm algorithm
			Digest    []byte
		}
	}
	if err := unmarshal(data, &v, ""); err != nil {
		return err
	}
	m.Hash, m.Digest = hashOf(v.Digest.Algorithm.OID), v.Digest.Digest
	m.Image = v.Data.Type.String() == oidImageData
	return nil
}

// nameValue adds a named value to those of a member or catalogue.
func nameValue(all map[string]string, data []byte) error {
	var v struct {
		Name  asn1.RawValue // BMPString
		Flags int64
		Value []byte // UTF-16, closed by a zero
	}
	if err := unmarshal(data, &v, ""); err != nil {
		return err
	}
	name := utf16Text(v.Name.Bytes, true)
	if _, ok := all[name]; !ok {
		all[name] = utf16Text(v.Value, false)
	}
	return nil
}

// Find returns the member with a digest.
func (c *Catalog) Find(h crypto.Hash, digest []byte) (Member, bool) {
	i, ok := c.index[string(digest)]
	if !ok || c.Members[i].Hash != h {
		return Member{}, false
	}
	return c.Members[i], true
}
