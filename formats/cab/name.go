package cab

import (
	"path"
	"strings"
	"unicode/utf8"
)

// windows1252 is what the bytes from 0x80 on stand for in that code page;
// those from 0xA0 on stand for themselves.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8D, 'Ž', 0x8F,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9D, 'ž', 'Ÿ',
}

// decodeName gives a name in UTF-8. What is wrong in it becomes U+FFFD, so
// that no separator can hide in an overlong sequence.
func decodeName(raw []byte, isUTF8 bool) string {
	var b strings.Builder
	for len(raw) > 0 {
		r, n := rune(raw[0]), 1
		switch {
		case isUTF8:
			r, n = utf8.DecodeRune(raw)
		case r >= 0x80 && r < 0xA0:
			r = windows1252[r-0x80]
		}
		b.WriteRune(r)
		raw = raw[n:]
	}
	return b.String()
}

// Path returns where the file belongs below the folder that the cabinet is
// extracted to: with slashes, without a drive, and with ".." taken as far as
// it does not lead out. It is valid in the sense of [io/fs.ValidPath], but not
// always a name that the host allows; see [path/filepath.Localize]. A name of
// which nothing is left gives ".".
func (f *File) Path() string {
	p := strings.ReplaceAll(f.Name, `\`, "/")
	for {
		p = path.Clean("/" + p)[1:]
		if !hasDrive(p) {
			break
		}
		p = p[2:]
	}
	if p == "" {
		return "."
	}
	return p
}

func hasDrive(p string) bool {
	return len(p) >= 2 && p[1] == ':' && ('a' <= p[0]|0x20 && p[0]|0x20 <= 'z')
}
