package host

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"

	"github.com/gildhq/gild/ground/regular"
)

// maxNote is the size of the largest note.
const maxNote = 64 << 20

// Recall returns the data noted under a key; nil if there is none.
func (h *Host) Recall(key string) []byte {
	if h.notes == "" {
		return nil
	}
	f, err := regular.Open(h.notePath(key))
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !regular.Is(info) || info.Size() > maxNote {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(f, maxNote))
	if err != nil {
		return nil
	}
	return data
}

// Note keeps data under a key. The file gets its name when it is complete. If that fails, a later
// run computes the data again.
func (h *Host) Note(key string, data []byte) {
	if h.notes == "" || len(data) > maxNote || os.MkdirAll(h.notes, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(h.notes, "new-*")
	if err != nil {
		return
	}
	_, err = f.Write(data)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), h.notePath(key))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
}

func (h *Host) notePath(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(h.notes, hex.EncodeToString(sum[:]))
}
