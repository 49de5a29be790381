package busy

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

// TestErrors: what is in use is waited for as long as may be, a refusal is not.
func TestErrors(t *testing.T) {
	total := clock(t)
	for errno, want := range map[error]time.Duration{
		windows.ERROR_SHARING_VIOLATION: time.Minute, windows.ERROR_LOCK_VIOLATION: time.Minute,
		windows.ERROR_ACCESS_DENIED: denied, windows.ERROR_FILE_NOT_FOUND: 0,
	} {
		*total = 0
		refuse := func() error { return &os.PathError{Op: "open", Path: "x", Err: errno} }
		if err := Insist(time.Minute, refuse); !errors.Is(err, errno) || *total != want {
			t.Errorf("%v: %v, after %v", errno, err, *total)
		}
		if errno == windows.ERROR_ACCESS_DENIED {
			want = 0
		}
		*total = 0
		if err := Wait(time.Minute, refuse); !errors.Is(err, errno) || *total != want {
			t.Errorf("%v: %v, after %v", errno, err, *total)
		}
	}
}

// TestUnshared opens a file that another handle does not share, as loaded hives are open.
func TestUnshared(t *testing.T) {
	name := filepath.Join(t.TempDir(), "SYSTEM")
	if err := os.WriteFile(name, []byte("regf"), 0o666); err != nil {
		t.Fatal(err)
	}
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		t.Fatal(err)
	}
	h, err := windows.CreateFile(p, windows.GENERIC_READ, 0, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(30*time.Millisecond, func() { _ = windows.CloseHandle(h) })
	tries := 0
	if err := Wait(10*time.Second, func() error {
		tries++
		_, err := os.ReadFile(name)
		return err
	}); err != nil || tries < 2 {
		t.Error(err, tries)
	}
}
