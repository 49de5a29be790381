package functions

import (
	"encoding/base64"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

var base64Encode = simple("Encodes the UTF-8 bytes of a string in base64 (RFC 4648 section 4).", cty.String,
	func(args []cty.Value) (cty.Value, error) {
		return cty.StringVal(base64.StdEncoding.EncodeToString([]byte(args[0].AsString()))), nil
	}, param("string", cty.String))

var base64Decode = simple("Decodes base64 (RFC 4648 section 4) that holds UTF-8 text.", cty.String,
	func(args []cty.Value) (cty.Value, error) {
		raw, err := unbase64(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		if !utf8.Valid(raw) {
			return cty.NilVal, function.NewArgErrorf(0, "it does not hold UTF-8 text; textdecodebase64 reads other encodings")
		}
		return cty.StringVal(string(raw)), nil
	}, param("base64", cty.String))

func unbase64(v cty.Value) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(v.AsString())
	if err != nil {
		return nil, function.NewArgErrorf(0, "it is not base64: %w", err)
	}
	return raw, nil
}

// charset returns the encoding with an IANA name. It supports those that Windows writes,
// except the multi-byte ones of East Asia.
func charset(name cty.Value) (encoding.Encoding, error) {
	switch strings.ToUpper(name.AsString()) {
	case "UTF-8":
		return unicode.UTF8, nil
	case "UTF-16LE":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), nil
	case "UTF-16BE":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil
	case "ISO-8859-1":
		return charmap.ISO8859_1, nil
	case "ISO-8859-15":
		return charmap.ISO8859_15, nil
	case "IBM437":
		return charmap.CodePage437, nil
	case "IBM850":
		return charmap.CodePage850, nil
	case "WINDOWS-1250":
		return charmap.Windows1250, nil
	case "WINDOWS-1251":
		return charmap.Windows1251, nil
	case "WINDOWS-1252":
		return charmap.Windows1252, nil
	}
	return nil, function.NewArgErrorf(1, "unknown encoding; there are UTF-8, UTF-16LE, UTF-16BE, ISO-8859-1, ISO-8859-15, IBM437, IBM850, windows-1250, windows-1251 and windows-1252")
}

var textEncodeBase64 = simple("Encodes a string in the named encoding, and the bytes in base64. PowerShell's -EncodedCommand wants UTF-16LE.", cty.String,
	func(args []cty.Value) (cty.Value, error) {
		set, err := charset(args[1])
		if err != nil {
			return cty.NilVal, err
		}
		raw, err := set.NewEncoder().Bytes([]byte(args[0].AsString()))
		if err != nil {
			return cty.NilVal, function.NewArgErrorf(0, "the encoding lacks a character: %w", err)
		}
		return cty.StringVal(base64.StdEncoding.EncodeToString(raw)), nil
	}, param("string", cty.String), param("encoding", cty.String))

var textDecodeBase64 = simple("Decodes base64 that holds text in the named encoding.", cty.String,
	func(args []cty.Value) (cty.Value, error) {
		set, err := charset(args[1])
		if err != nil {
			return cty.NilVal, err
		}
		raw, err := unbase64(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		text, err := set.NewDecoder().Bytes(raw)
		if err != nil {
			return cty.NilVal, function.NewArgErrorf(0, "it does not hold text in this encoding: %w", err)
		}
		return cty.StringVal(string(text)), nil
	}, param("base64", cty.String), param("encoding", cty.String))

var urlEncode = simple("Escapes a string for use in the query of a URL.", cty.String,
	func(args []cty.Value) (cty.Value, error) {
		return cty.StringVal(url.QueryEscape(args[0].AsString())), nil
	}, param("string", cty.String))
