package host

import (
	"encoding/json"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/gildhq/gild/providers"
)

// Digests of large files are noted, and hold for later runs as long as the file is the
// same one, with the same size and times.
const (
	// memoFrom is the size from which reading a file takes longer than looking for a note.
	memoFrom = 4 << 20
	// settled is how long a file has to be unchanged: the times of some file systems have
	// steps of two seconds, within which a further change would not be seen.
	settled = 3 * time.Second
)

// memo is the note of a digest.
type memo struct {
	Size     int64            `json:"size"`
	Modified time.Time        `json:"modified"`
	File     string           `json:"file"` // which file it is, and when it was changed
	Digest   providers.Digest `json:"digest"`
}

func memoKey(path string) (string, bool) {
	full, err := filepath.Abs(path)
	return "digest of " + full, err == nil
}

// remembered returns the noted digest of a file; false if there is none that holds.
func (h *Host) remembered(path string, info fs.FileInfo) (providers.Digest, bool) {
	key, ok := memoKey(path)
	if !ok || info.Size() < memoFrom {
		return providers.Digest{}, false
	}
	var m memo
	if json.Unmarshal(h.Recall(key), &m) != nil || m.Digest.SHA256 == "" {
		return providers.Digest{}, false
	}
	which, _, ok := identity(path, info)
	return m.Digest, ok && m.Size == info.Size() && m.Digest.Size == m.Size && m.Modified.Equal(info.ModTime()) && m.File == which
}

// remember notes the digest of a file as it was when reading began.
func (h *Host) remember(path string, info fs.FileInfo, began time.Time, d providers.Digest) {
	key, ok := memoKey(path)
	if !ok || info.Size() < memoFrom {
		return
	}
	which, changed, ok := identity(path, info)
	if !ok || began.Sub(info.ModTime()) < settled || began.Sub(changed) < settled {
		return
	}
	if data, err := json.Marshal(memo{info.Size(), info.ModTime(), which, d}); err == nil {
		h.Note(key, data)
	}
}
