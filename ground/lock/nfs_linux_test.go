package lock

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOpenForWriting: NFS, which makes locks of bytes of those on files, gives them
// only to who may write the file, and "bad file descriptor" to who may not.
func TestOpenForWriting(t *testing.T) {
	p := place(t)
	l, err := p.Take("")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, fd := range fds {
		if to, _ := os.Readlink(fd); to != p.File {
			continue
		}
		info, err := os.ReadFile("/proc/self/fdinfo/" + filepath.Base(fd))
		if err != nil {
			t.Fatal(err)
		}
		_, flags, _ := strings.Cut(string(info), "flags:")
		var n int
		if _, err := fmt.Sscanf(flags, "%o", &n); err != nil || n&os.O_RDWR == 0 {
			t.Errorf("open with the flags %o, %v", n, err)
		}
		found = true
	}
	if !found {
		t.Error("the file is not open")
	}
}
