package cat_test

import (
	"crypto"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/cat"
	"github.com/gildhq/gild/formats/pe"
	"github.com/gildhq/gild/internal/testenv"
)

const (
	slabs  = "drivers/arduino/build/windows/dist/drivers/CP210x_6.7.4/"
	ftdi   = "drivers/adafruit/Drivers/FTDI_VCP_BUS/"
	usbser = "drivers/adafruit/Drivers/Adafruit_usbser/"
)

func read(t testing.TB, name string) *cat.Catalog {
	t.Helper()
	c, err := cat.Parse(testenv.ReadShared(t, name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return c
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name    string
		members int
		signer  string
		hash    crypto.Hash // of the first member
	}{
		{"catalogs/hyperv.cat", 22, "Microsoft Windows", crypto.SHA1},
		{"catalogs/osslsigncode-unsigned.cat", 14, "", crypto.SHA1},
		{slabs + "slabvcp.cat", 5, "Microsoft Windows Hardware Compatibility Publisher", crypto.SHA1},
		{usbser + "Adafruit_usbser.cat", 1, "", crypto.SHA1},
	} {
		c := read(t, tt.name)
		if len(c.Members) != tt.members || c.Members[0].Hash != tt.hash || c.Time.IsZero() {
			t.Errorf("%s: %d members, the first is %+v; made at %v", tt.name, len(c.Members), c.Members[0], c.Time)
		}
		s, err := c.Verify()
		switch {
		case tt.signer == "" && !errors.Is(err, cat.ErrUnsigned):
			t.Errorf("%s: signed: %v", tt.name, err)
		case tt.signer != "" && (err != nil || s.Signer != tt.signer):
			t.Errorf("%s: signed by %+v: %v", tt.name, s, err)
		}
	}
}

// TestMembers compares a catalogue with the files it is for.
func TestMembers(t *testing.T) {
	c := read(t, slabs+"slabvcp.cat")
	for _, name := range []string{"slabvcp.inf", "x86/silabser.sys", "x64/silabser.sys"} {
		if m, ok := find(t, c, testenv.Shared(t, slabs+name)); !ok || !strings.EqualFold(m.Attributes["File"], filepath.Base(name)) || m.Image != strings.HasSuffix(name, ".sys") {
			t.Errorf("%s is %v %+v", name, ok, m)
		}
	}
	if c := read(t, ftdi+"ftdibus.cat"); len(c.Members) == 0 {
		t.Error("no members")
	} else if m, ok := find(t, c, testenv.Shared(t, ftdi+"ftdibus.inf")); ok {
		t.Errorf("a file whose line ends were changed is %+v", m)
	} else if _, ok := find(t, c, testenv.Shared(t, ftdi+"amd64/ftdibus.sys")); !ok {
		t.Error("ftdibus.sys is not a member")
	}
	if c := read(t, slabs+"slabvcp.cat"); !strings.Contains(c.Attributes["OS"], "7X64") {
		t.Errorf("attributes %q", c.Attributes)
	}
}

// find looks up a file by the digest of its image or its whole.
func find(t *testing.T, c *cat.Catalog, file string) (cat.Member, bool) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	h := sha1.New()
	if err := pe.WriteImage(h, f, info.Size()); err != nil {
		h.Reset()
		if _, err := io.Copy(h, f); err != nil {
			t.Fatal(err)
		}
	}
	return c.Find(crypto.SHA1, h.Sum(nil))
}

// TestTampered changes bytes all over the file.
func TestTampered(t *testing.T) {
	data := testenv.ReadShared(t, slabs+"slabvcp.cat")
	c := read(t, slabs+"slabvcp.cat")
	digest := c.Members[0].Digest
	at := strings.Index(string(data), string(digest))
	if at < 0 {
		t.Fatal("no digest")
	}
	changed := append([]byte(nil), data...)
	changed[at] ^= 1
	bad, err := cat.Parse(changed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bad.Verify(); !errors.Is(err, cat.ErrSignature) || !strings.Contains(err.Error(), "changed after") {
		t.Errorf("a changed digest %s: %v", hex.EncodeToString(digest), err)
	}
	for i := 60; i < len(data); i += 7 { // whatever is changed, nothing is signed by another one
		changed := append([]byte(nil), data...)
		changed[i] ^= 0x55
		bad, err := cat.Parse(changed)
		if err != nil {
			continue
		}
		if s, err := bad.Verify(); err == nil && i < 4040 { // in the list
			t.Fatalf("byte %d is changed and %s has signed it", i, s.Signer)
		}
	}
}

func TestParseErrors(t *testing.T) {
	data := testenv.ReadShared(t, "catalogs/hyperv.cat")
	for name, bad := range map[string][]byte{
		"nothing": nil, "text": []byte("[Version]\r\n"), "cut off": data[:len(data)-1], "more": append(append([]byte(nil), data...), 0),
	} {
		if _, err := cat.Parse(bad); !errors.Is(err, cat.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"catalogs/osslsigncode-unsigned.cat", usbser + "Adafruit_usbser.cat", slabs + "slabvcp.cat"} {
		f.Add(testenv.ReadShared(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := cat.Parse(data)
		if err != nil {
			if !errors.Is(err, cat.ErrFormat) {
				t.Fatalf("%v is no format error", err)
			}
			return
		}
		for _, m := range c.Members {
			if m.Hash != 0 && len(m.Digest) != m.Hash.Size() {
				t.Fatalf("%+v", m)
			}
		}
		if _, err := c.Verify(); err != nil && !errors.Is(err, cat.ErrUnsigned) && !errors.Is(err, cat.ErrSignature) {
			t.Fatal(err)
		}
	})
}
