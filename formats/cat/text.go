package cat

import (
	"crypto"
	"encoding/asn1"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// utf16Text returns text of 16-bit units up to the first zero. BMPStrings have the
// higher byte first (X.690 §8.23.7), all else in a catalogue the lower one.
func utf16Text(data []byte, bigEndian bool) string {
	data = data[:len(data)&^1]
	if bigEndian {
		data = slices.Clone(data)
		for i := 0; i < len(data); i += 2 {
			data[i], data[i+1] = data[i+1], data[i]
		}
	}
	text, _, _ := strings.Cut(nt.DecodeUTF16(data), "\x00")
	return strings.ToValidUTF8(text, "\uFFFD")
}

// hashOf returns the digest algorithm of an object identifier (RFC 3370 §2, RFC
// 5754 §2), 0 for another.
func hashOf(oid asn1.ObjectIdentifier) crypto.Hash {
	switch oid.String() {
	case "1.3.14.3.2.26":
		return crypto.SHA1
	case "2.16.840.1.101.3.4.2.1":
		return crypto.SHA256
	case "2.16.840.1.101.3.4.2.2":
		return crypto.SHA384
	case "2.16.840.1.101.3.4.2.3":
		return crypto.SHA512
	}
	return 0
}

// hashOfSize returns the algorithm whose digests have a size, 0 for another.
func hashOfSize(size int) crypto.Hash {
	for _, h := range []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		if h.Size() == size {
			return h
		}
	}
	return 0
}
