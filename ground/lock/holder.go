package lock

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gildhq/gild/ground/regular"
)

// Holder is the process that holds a lock.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Boot  string    `json:"boot,omitempty"` // of the system it runs on: containers of one machine have different host names
	Since time.Time `json:"since"`
	For   string    `json:"for"` // what it does
}

// self is this process.
func self(purpose string) Holder {
	return Holder{PID: os.Getpid(), Host: hostname(), Boot: boot(), Since: time.Now().UTC().Truncate(time.Second), For: purpose}
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "an unnamed host"
	}
	return name
}

// boot identifies the running system; empty if the system has no such ID
// (proc_sys_kernel_random(5)).
func boot() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// Here reports whether the holder is, or was, a process of this machine.
func (h Holder) Here() bool {
	return strings.EqualFold(h.Host, hostname()) || h.Boot != "" && h.Boot == boot()
}

func (h Holder) String() string {
	if h.PID == 0 {
		return "a process that did not say who it is"
	}
	text := fmt.Sprintf("process %d on %s since %s", h.PID, h.Host, h.Since.Format(time.RFC3339))
	if h.For != "" {
		text += ", for " + h.For
	}
	return text
}

// The lock covers the first byte of the file. Where locks are mandatory (Windows), other
// processes can't read it, so the holder is written after it.
const (
	holderAt  = 1
	maxHolder = 64 << 10
)

func writeHolder(name string, h Holder) error {
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|regular.NoFollow(name), 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(append(data, '\n'), holderAt)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}

// readHolder returns the holder that the file names; some is true if the file has content. A
// holder that was killed while it wrote has left an incomplete name.
func readHolder(name string) (h *Holder, some bool) {
	f, err := os.OpenFile(name, os.O_RDONLY|regular.NoFollow(name), 0)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() == 0 {
		return nil, false
	}
	data, err := io.ReadAll(io.NewSectionReader(f, holderAt, maxHolder))
	h = new(Holder)
	if err != nil || json.Unmarshal(data, h) != nil || h.PID <= 0 || h.Host == "" {
		return nil, true
	}
	return h, true
}
