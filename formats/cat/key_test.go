package cat

import (
	"crypto"
	"crypto/rsa"
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"
	"time"
)

// TestLargeKey checks that a key that takes hours to check by is refused.
func TestLargeKey(t *testing.T) {
	n := new(big.Int).SetBit(big.NewInt(1), 1<<20, 1)
	err := verify(&rsa.PublicKey{N: n, E: 1<<31 - 1}, crypto.SHA256, make([]byte, 32), make([]byte, 1<<17+1))
	if err == nil || !strings.Contains(err.Error(), "1048577 bits") {
		t.Error(err)
	}
}

// TestOptional reads a list with the fields that catalogues need not have.
func TestOptional(t *testing.T) {
	at := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	list := struct {
		Usage     []asn1.ObjectIdentifier
		ID        []byte
		Sequence  *big.Int
		Time      time.Time
		Next      time.Time
		Algorithm struct{ OID asn1.ObjectIdentifier }
	}{Usage: []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 311, 12, 1, 1}}, ID: []byte("id"), Sequence: big.NewInt(7), Time: at, Next: at.AddDate(1, 0, 0)}
	list.Algorithm.OID = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 12, 1, 2}
	der, err := asn1.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	c := &Catalog{Attributes: map[string]string{}, index: map[string]int{}}
	if err := c.readList(der); err != nil || string(c.ID) != "id" || !c.Time.Equal(at) {
		t.Errorf("%+v, %v", c, err)
	}
}
