package health

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
)

// failing are the files of an image on a failing disk.
type failing struct {
	image.Files
	err error
}

func (f failing) Stat(string) (fs.FileInfo, error) { return nil, f.err }

// TestUnreadable checks that an unreadable file is not reported as missing.
func TestUnreadable(t *testing.T) {
	for err, want := range map[error]string{fs.ErrNotExist: "is missing", errors.New("bad sector"): "can't be read: bad sector"} {
		r := Result{Area: Drivers}
		c := &checker{files: failing{err: err}}
		c.needFile(&r, "Windows/INF/oem1.inf", "", addAgain)
		if len(r.Findings) != 1 || !strings.HasPrefix(r.Findings[0].Detail, want) {
			t.Errorf("%v: %+v", err, r.Findings)
		}
	}
}
