package offline

import (
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/internal/sample"
)

// TestSealOnce holds that the digest of the image's description is computed once, however
// many resources ask what the image says of itself.
func TestSealOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "base.wim")
	if err := sample.Write(t.Context(), path, sample.Options{}); err != nil {
		t.Fatal(err)
	}
	opened, err := openWIM(image.Ref{Path: path}, image.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	s := opened.(*session)
	for range 2 {
		if info, err := s.Info(t.Context()); err != nil || info.Seal != image.Unsealed {
			t.Errorf("the seal is %v, %v", info.Seal, err)
		}
		// Not seen any more.
		s.source.image.Info.XML.Put(receiptParent, sealName).Text = "broken"
	}
}
