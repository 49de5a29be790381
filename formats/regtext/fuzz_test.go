package regtext

import (
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
)

// FuzzRegText: whatever parses can be applied, or says why not.
func FuzzRegText(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(Header4 + "\r\n[K]\r\n\"a\"=hex(7):61,00,\\\r\n  00\r\n@=dword:1"))
	f.Add(append([]byte{0xff, 0xfe}, nt.AppendUTF16(nil, Header5+"\r\n[-K\\x]")...))
	f.Fuzz(func(t *testing.T, data []byte) {
		ops, err := Parse(data)
		if err != nil {
			return
		}
		_ = Apply(ops, hive.New(hive.NewOptions{}).Root(), "", 1)
	})
}
