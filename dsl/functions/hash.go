package functions

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

func hashes() map[string]function.Function {
	return map[string]function.Function{
		"base64sha256": digest("SHA-256, in base64,", sha256.New, base64.StdEncoding.EncodeToString),
		"md5":          digest("MD5", md5.New, hex.EncodeToString),
		"sha1":         digest("SHA-1", sha1.New, hex.EncodeToString),
		"sha256":       digest("SHA-256", sha256.New, hex.EncodeToString),
		"sha512":       digest("SHA-512", sha512.New, hex.EncodeToString),
		"uuidv5":       uuidv5,
	}
}

// digest returns a function that hashes the UTF-8 bytes of a string.
func digest(name string, algorithm func() hash.Hash, text func([]byte) string) function.Function {
	return simple("Returns the "+name+" digest of a string.", cty.String,
		func(args []cty.Value) (cty.Value, error) {
			h := algorithm()
			h.Write([]byte(args[0].AsString()))
			return cty.StringVal(text(h.Sum(nil))), nil
		}, param("string", cty.String))
}

var uuidv5 = simple("Returns the name-based UUID (RFC 9562 section 5.5) of a name in a namespace: dns, url, oid, x500 or a UUID.", cty.String,
	func(args []cty.Value) (cty.Value, error) {
		space, err := namespace(args[0].AsString())
		if err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		h := sha1.New()
		h.Write(space)
		h.Write([]byte(args[1].AsString()))
		id := h.Sum(nil)[:16]
		id[6] = id[6]&0x0F | 5<<4
		id[8] = id[8]&0x3F | 0x80
		return cty.StringVal(fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])), nil
	}, param("namespace", cty.String), param("name", cty.String))

// namespace returns the bytes of a UUID, given in full or by its name in
// RFC 9562 section 6.6.
func namespace(name string) ([]byte, error) {
	switch strings.ToLower(name) {
	case "dns":
		name = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	case "url":
		name = "6ba7b811-9dad-11d1-80b4-00c04fd430c8"
	case "oid":
		name = "6ba7b812-9dad-11d1-80b4-00c04fd430c8"
	case "x500":
		name = "6ba7b814-9dad-11d1-80b4-00c04fd430c8"
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(strings.Trim(name, "{}"), "-", ""))
	if err != nil || len(raw) != 16 {
		return nil, fmt.Errorf("it is neither dns, url, oid or x500 nor a UUID")
	}
	return raw, nil
}
