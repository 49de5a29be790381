package executor

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/internal/durable"
)

// The lock is one file and who holds it another: where locks are mandatory
// (Windows) a locked file can't be read. Both stay; the operating system gives
// the lock back when its holder is gone, however it went.
const (
	lockFile   = "apply.lock"
	holderFile = "apply.holder.json"
)

type holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// acquire takes the store for this process alone.
func acquire(store string) (*flock.Flock, error) {
	if err := durable.MkdirAll(store); err != nil {
		return nil, fmt.Errorf("store for checkpoints: %w; let GILD_DATA_DIR name a folder that can be written to", err)
	}
	lock := flock.New(filepath.Join(store, lockFile))
	ok, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock the store %s: %w", store, err)
	case !ok:
		return nil, fmt.Errorf("%w: %s is held by %s; wait for it to finish, or end it", ErrLocked, store, heldBy(store))
	}
	host, err := os.Hostname()
	if err != nil {
		host = "an unnamed host"
	}
	data, err := json.Marshal(holder{PID: os.Getpid(), Host: host, Since: time.Now().UTC().Truncate(time.Second)})
	if err == nil {
		err = durable.WriteFile(filepath.Join(store, holderFile), append(data, '\n'))
	}
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("lock the store %s: %w", store, err)
	}
	return lock, nil
}

// heldBy says who holds the lock, as far as that is known.
func heldBy(store string) string {
	var h holder
	data, err := os.ReadFile(filepath.Join(store, holderFile))
	if err != nil || json.Unmarshal(data, &h) != nil {
		return "another process"
	}
	return fmt.Sprintf("process %d on %s since %s", h.PID, h.Host, h.Since.Format(time.RFC3339))
}
