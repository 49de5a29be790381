package cat

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

var (
	// ErrUnsigned is the category of errors about unsigned catalogues.
	ErrUnsigned = errors.New("the catalogue is not signed")
	// ErrSignature is the category of a signature that does not fit what is signed.
	ErrSignature = errors.New("the catalogue's signature is not valid")
)

const (
	oidSignedData    = "1.2.840.113549.1.7.2"
	oidContentType   = "1.2.840.113549.1.9.3"
	oidMessageDigest = "1.2.840.113549.1.9.4"
)

// Signature is a signature that was checked.
type Signature struct {
	Signer      string // common name of the certificate's subject
	Issuer      string // common name of its issuer
	Hash        crypto.Hash
	Certificate *x509.Certificate // of the signer, from the catalogue: nothing reports whether to trust it
}

// signedData is SignedData (RFC 5652 §5.1) with version 1 of PKCS #7 in mind,
// whose content is no octet string (RFC 5652 §5.2.1).
type signedData struct {
	Version    int
	Algorithms asn1.RawValue
	Content    struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"optional,explicit,tag:0"`
	}
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	Revocations  asn1.RawValue `asn1:"optional,tag:1"`
	Signers      []signer      `asn1:"set"`
}

type signer struct {
	Version int
	ID      struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	Digest     algorithm
	Attributes asn1.RawValue `asn1:"optional,tag:0"`
	Encryption algorithm
	Signature  []byte
	Unsigned   asn1.RawValue `asn1:"optional,tag:1"`
}

// readSigned reads the message and returns the list in it.
func (c *Catalog) readSigned(data []byte) ([]byte, error) {
	var message struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	if err := unmarshal(data, &message, ""); err != nil {
		return nil, err
	}
	if message.Type.String() != oidSignedData {
		return nil, fmt.Errorf("content of the type %v", message.Type)
	}
	if err := unmarshal(message.Content.Bytes, &c.signed, ""); err != nil {
		return nil, err
	}
	if t := c.signed.Content.Type.String(); t != oidTrustList {
		return nil, fmt.Errorf("signed is something of the type %s, no trust list", t)
	}
	var list asn1.RawValue
	if err := unmarshal(c.signed.Content.Content.Bytes, &list, ""); err != nil {
		return nil, err
	}
	c.content = list.Bytes
	return list.FullBytes, nil
}

// Verify checks the signature of the first signer against the signer's certificate
// in the file: that the signed attributes hold the digest of the list, and that the
// key of the certificate has signed them. The certificate itself is taken as it is.
// Errors are of the categories ErrUnsigned and ErrSignature.
func (c *Catalog) Verify() (*Signature, error) {
	if len(c.signed.Signers) == 0 {
		return nil, ErrUnsigned
	}
	s := &c.signed.Signers[0]
	cert, err := c.certificate(s)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	h := hashOf(s.Digest.OID)
	if h == 0 {
		return nil, fmt.Errorf("%w: the digest algorithm %v is not known", ErrSignature, s.Digest.OID)
	}
	signed := c.content
	if len(s.Attributes.FullBytes) > 0 {
		if signed, err = c.attributes(s, h); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSignature, err)
		}
	}
	if err := verify(cert.PublicKey, h, sum(h, signed), s.Signature); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return &Signature{Signer: cert.Subject.CommonName, Issuer: cert.Issuer.CommonName, Hash: h, Certificate: cert}, nil
}

// attributes checks the signed attributes and returns them in the form that is
// signed: as a SET (RFC 5652 §5.4).
func (c *Catalog) attributes(s *signer, h crypto.Hash) ([]byte, error) {
	set := bytes.Clone(s.Attributes.FullBytes)
	set[0] = asn1.TagSet | 0x20
	var all []attribute
	if err := unmarshal(set, &all, "set"); err != nil {
		return nil, fmt.Errorf("signed attributes: %w", err)
	}
	typed, digested := false, false
	for _, a := range all {
		switch a.OID.String() {
		case oidContentType:
			var t asn1.ObjectIdentifier
			if err := unmarshal(a.Values.Bytes, &t, ""); err != nil || t.String() != oidTrustList {
				return nil, fmt.Errorf("what is signed is of the type %v, no trust list", t)
			}
			typed = true
		case oidMessageDigest:
			var d []byte
			if err := unmarshal(a.Values.Bytes, &d, ""); err != nil || !bytes.Equal(d, sum(h, c.content)) {
				return nil, errors.New("the list was changed after it was signed")
			}
			digested = true
		}
	}
	if !typed || !digested {
		return nil, errors.New("the signed attributes lack the content's type or digest")
	}
	return set, nil
}

// certificate returns the signer's.
func (c *Catalog) certificate(s *signer) (*x509.Certificate, error) {
	for rest := c.signed.Certificates.Bytes; len(rest) > 0; {
		var raw asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &raw); err != nil {
			return nil, fmt.Errorf("certificates: %w", err)
		}
		cert, err := x509.ParseCertificate(raw.FullBytes)
		if err != nil {
			continue // of someone else, or the signer's, which then is missing
		}
		if cert.SerialNumber.Cmp(s.ID.Serial) == 0 && bytes.Equal(cert.RawIssuer, s.ID.Issuer.FullBytes) {
			return cert, nil
		}
	}
	return nil, errors.New("the signer's certificate is not in the file, or can't be read")
}

// maxKey is the size of the largest RSA key that is used, in bits: Microsoft's have
// up to 4096, and the time that a signature takes grows with the cube of it.
const maxKey = 16384

func verify(key any, h crypto.Hash, digest, signature []byte) error {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if n := key.N.BitLen(); n > maxKey {
			return fmt.Errorf("the certificate's key has %d bits, more than %d", n, maxKey)
		}
		if err := rsa.VerifyPKCS1v15(key, h, digest, signature); err != nil {
			return fmt.Errorf("the certificate's key did not sign this: %w", err)
		}
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(key, digest, signature) {
			return errors.New("the certificate's key did not sign this")
		}
	default:
		return fmt.Errorf("a key of the type %s is not known", strings.TrimPrefix(fmt.Sprintf("%T", key), "*"))
	}
	return nil
}

func sum(h crypto.Hash, data []byte) []byte {
	w := h.New()
	w.Write(data)
	return w.Sum(nil)
}
