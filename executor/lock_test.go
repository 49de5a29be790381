package executor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoStore: who can't write next to the configuration is told what else can be done.
func TestNoStore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	lock, err := (&applier{Options: Options{Store: filepath.Join(file, ".gild")}}).lockStore()
	if err == nil {
		lock.Close()
		t.Fatal("a folder was made below a file")
	}
	if !strings.Contains(err.Error(), "GILD_DATA_DIR") {
		t.Errorf("it does not say what to do: %v", err)
	}
}
