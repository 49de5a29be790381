// Package cattest makes security catalogues for tests.
package cattest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/gildhq/gild/formats/nt"
)

var (
	signedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	contentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	messageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	sha256ID      = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	ecdsaSHA256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	trustList     = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 10, 1}
	catalogList   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 12, 1, 1}
	memberForm    = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 12, 1, 2}
	indirectData  = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 1, 4}
	flatData      = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 1, 25}
)

type algorithm struct{ OID asn1.ObjectIdentifier }

type attribute struct {
	OID    asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

type subject struct {
	ID         []byte
	Attributes []attribute `asn1:"set"`
}

// Signed returns a catalogue of files, by their SHA-256, signed by a new
// certificate of the given name.
func Signed(signer string, files ...[]byte) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	cert, err := certificate(signer, key)
	if err != nil {
		return nil, err
	}
	list, err := members(files)
	if err != nil {
		return nil, err
	}
	var content asn1.RawValue
	if _, err := asn1.Unmarshal(list, &content); err != nil {
		return nil, err
	}
	digest := sha256.Sum256(content.Bytes)
	attributes, err := asn1.MarshalWithParams([]attribute{{contentType, values(trustList)}, {messageDigest, values(digest[:])}}, "set")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(attributes)
	signature, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return message(list, cert, attributes, signature)
}

func certificate(name string, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// members is the list that is signed.
func members(files [][]byte) ([]byte, error) {
	type data struct{ Type asn1.ObjectIdentifier }
	type digestInfo struct {
		Algorithm algorithm
		Digest    []byte
	}
	type indirect struct {
		Data   data
		Digest digestInfo
	}
	var subjects []subject
	for _, f := range files {
		sum := sha256.Sum256(f)
		subjects = append(subjects, subject{
			ID:         nt.AppendUTF16(nil, fmt.Sprintf("%X\x00", sum)),
			Attributes: []attribute{{indirectData, values(indirect{data{flatData}, digestInfo{algorithm{sha256ID}, sum[:]}})}},
		})
	}
	return asn1.Marshal(struct {
		Usage     []asn1.ObjectIdentifier
		Time      time.Time
		Algorithm algorithm
		Subjects  []subject
	}{[]asn1.ObjectIdentifier{catalogList}, time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), algorithm{memberForm}, subjects})
}

// values are the set of one value. It panics if there is no encoding of it.
func values(v any) []asn1.RawValue {
	der, err := asn1.Marshal(v)
	if err != nil {
		panic(err)
	}
	return []asn1.RawValue{{FullBytes: der}}
}

func message(list []byte, cert *x509.Certificate, attributes, signature []byte) ([]byte, error) {
	attributes = slices.Clone(attributes)
	attributes[0] = 0xa0 // [0] in place of SET
	type signerID struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	type signer struct {
		Version    int
		ID         signerID
		Digest     algorithm
		Attributes asn1.RawValue
		Encryption algorithm
		Signature  []byte
	}
	type content struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}
	type signed struct {
		Version      int
		Algorithms   []algorithm `asn1:"set"`
		Content      content
		Certificates asn1.RawValue
		Signers      []signer `asn1:"set"`
	}
	inner, err := asn1.Marshal(signed{
		1, []algorithm{{sha256ID}}, content{trustList, tagged(list)}, tagged(cert.Raw),
		[]signer{{1, signerID{asn1.RawValue{FullBytes: cert.RawIssuer}, cert.SerialNumber}, algorithm{sha256ID}, asn1.RawValue{FullBytes: attributes}, algorithm{ecdsaSHA256}, signature}},
	})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(content{signedData, tagged(inner)})
}

// tagged is a value in the constructed tag [0].
func tagged(der []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: der}
}
