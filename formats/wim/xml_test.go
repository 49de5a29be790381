package wim

import (
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/nt"
)

// TestXMLPieces: text in many pieces costs as much as its length.
func TestXMLPieces(t *testing.T) {
	const n = 200_000
	text := "<WIM>" + strings.Repeat("x<!---->", n) + "<A>y</A></WIM>"
	e, err := parseXML(nt.AppendUTF16([]byte{0xff, 0xfe}, text))
	if err != nil || len(e.Text) != n || e.Value("A") != "y" {
		t.Errorf("%v, text of %d bytes", err, len(e.Text))
	}
}
