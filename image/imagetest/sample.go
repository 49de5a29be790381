package imagetest

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
)

// Names of files and keys that the suite uses.
const (
	hosts    = "Windows/System32/drivers/etc/hosts"
	notepad  = "Windows/notepad.exe"
	umlauts  = "Users/Public/Documents/Über uns.txt"
	empty    = "Program Files/App/empty.txt"
	software = "HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion"
	system   = "HKLM/SYSTEM/ControlSet001/Control/Session Manager/Environment"
)

// Files returns the files that a fixture's image must have, by name: a few plain ones
// and the hives SOFTWARE and SYSTEM.
func Files(t testing.TB) map[string][]byte {
	files := map[string][]byte{
		hosts:                          []byte("# hosts\r\n127.0.0.1 localhost\r\n"),
		notepad:                        noise(200_000),
		umlauts:                        []byte("\xff\xfea\x00"),
		empty:                          nil,
		"Program Files/App/readme.txt": bytes.Repeat([]byte("read me "), 5000),
		"Program Files/App/copy.txt":   bytes.Repeat([]byte("read me "), 5000),
	}
	soft := newHive(t, func(root *hive.Key) error {
		return setAll(root, `Microsoft\Windows NT\CurrentVersion`, map[string]hive.Value{
			"EditionID":                 text("Professional"),
			"InstallationType":          text("Client"),
			"ProductName":               text("Windows 10 Pro"),
			"CurrentBuildNumber":        text("19045"),
			"CurrentMajorVersionNumber": number(10),
			"CurrentMinorVersionNumber": number(0),
			"UBR":                       number(4170),
		})
	})
	sys := newHive(t, func(root *hive.Key) error {
		if err := setAll(root, `Select`, map[string]hive.Value{"Current": number(1)}); err != nil {
			return err
		}
		if _, err := root.CreateSubkey(`ControlSet001\Control\MUI\UILanguages\de-DE`, 0); err != nil {
			return err
		}
		return setAll(root, `ControlSet001\Control\Session Manager\Environment`, map[string]hive.Value{
			"PROCESSOR_ARCHITECTURE": text("AMD64"),
		})
	})
	for _, h := range image.Hives() {
		switch h.Name {
		case "SOFTWARE":
			files[h.File] = soft
		case "SYSTEM":
			files[h.File] = sys
		}
	}
	return files
}

// WriteTree writes [Files] into a folder.
func WriteTree(t testing.TB, dir string) {
	t.Helper()
	for name, data := range Files(t) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// noise returns n bytes that compress somewhat, always the same.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x>>24) & 0x1f
	}
	return b
}

func newHive(t testing.TB, fill func(root *hive.Key) error) []byte {
	t.Helper()
	h := hive.New(hive.NewOptions{})
	if err := fill(h.Root()); err != nil {
		t.Fatal(err)
	}
	data, err := h.Bytes(hive.WriteOptions{Sequence: 1})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func setAll(root *hive.Key, path string, values map[string]hive.Value) error {
	k, err := root.CreateSubkey(path, 0)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		v := values[name]
		if err := k.Set(name, v.Type, v.Data, 0); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func text(s string) hive.Value   { return hive.Value{Type: hive.RegSZ, Data: hive.EncodeString(s)} }
func number(n uint32) hive.Value { return hive.Value{Type: hive.RegDword, Data: hive.EncodeUint32(n)} }
