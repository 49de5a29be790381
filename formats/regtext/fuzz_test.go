package regtext

import (
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
)

// FuzzRegText: whatever parses can be applied, exported and parsed again, to
// the same keys.
func FuzzRegText(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(Header4 + "\r\n[K]\r\n\"a\"=hex(7):61,00,\\\r\n  00\r\n@=dword:1"))
	f.Add(append([]byte{0xff, 0xfe}, nt.AppendUTF16(nil, Header5+"\r\n[-K\\x]")...))
	f.Fuzz(func(t *testing.T, data []byte) {
		ops, err := Parse(data)
		if err != nil {
			return
		}
		h := hive.New(hive.NewOptions{})
		if Apply(ops, h.Root(), "", 1) != nil {
			return // names that a hive can't hold
		}
		text, err := Export(h.Root(), "", Unicode)
		if err != nil {
			return // names that .reg text can't hold
		}
		sameKeys(t, h.Root(), importInto(t, text, "").Root())
	})
}
