package cattest_test

import (
	"crypto"
	"crypto/sha256"
	"testing"

	"github.com/gildhq/gild/formats/cat"
	"github.com/gildhq/gild/formats/cat/cattest"
)

func TestSigned(t *testing.T) {
	data, err := cattest.Signed("Contoso", []byte("a"), []byte("b"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := cat.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := c.Verify(); err != nil || s.Signer != "Contoso" || s.Hash != crypto.SHA256 {
		t.Errorf("signed by %+v, %v", s, err)
	}
	sum := sha256.Sum256([]byte("b"))
	if _, ok := c.Find(crypto.SHA256, sum[:]); !ok || len(c.Members) != 2 {
		t.Errorf("members %+v", c.Members)
	}
}
