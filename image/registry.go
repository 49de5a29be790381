package image

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
)

// Value is a value of a registry key.
type Value = hive.Value

// Registry is the registry of an image: its hives, under the paths that a running
// Windows would show ([ParseKey] makes them). For a key or value that does not exist
// the error is fs.ErrNotExist. Case is preserved but not significant.
type Registry interface {
	// Subkeys lists the names of a key's subkeys, in the registry's order. If some
	// can't be read, it returns the others with the error.
	Subkeys(key string) ([]string, error)
	// Values lists the values of a key. If some can't be read, it returns the others
	// with the error.
	Values(key string) ([]Value, error)
	// Value returns one value of a key.
	Value(key, name string) (Value, error)

	// Writable returns an error if a key can't be created or can't have the values: its
	// hive is not in the image, must not be changed because data would be lost, or has
	// no room for them. It also works in an image that is open for reading only.
	Writable(key string, values ...Value) error

	// CreateKey creates a key and its parents. An existing key stays as it is.
	CreateKey(key string) error
	// SetValue sets a value, and creates the key if it does not exist.
	SetValue(key string, v Value) error
	// DeleteValue removes one value.
	DeleteValue(key, name string) error
	// DeleteKey removes a key with everything below it.
	DeleteKey(key string) error
}

// Hive is one of the registry files of an image.
type Hive struct {
	Name string // as in configurations and messages: SOFTWARE, SYSTEM, …
	Root string // the registry path it appears at
	File string // path in the image
}

// Hives lists the hives an image may hold. COMPONENTS and DRIVERS are loaded by
// Windows only while it needs them, at the paths given here.
func Hives() []Hive {
	const config = "Windows/System32/config/"
	return []Hive{
		{"SOFTWARE", "HKLM/SOFTWARE", config + "SOFTWARE"},
		{"SYSTEM", "HKLM/SYSTEM", config + "SYSTEM"},
		{"SAM", "HKLM/SAM", config + "SAM"},
		{"SECURITY", "HKLM/SECURITY", config + "SECURITY"},
		{"COMPONENTS", "HKLM/COMPONENTS", config + "COMPONENTS"},
		{"DRIVERS", "HKLM/DRIVERS", config + "DRIVERS"},
		{"DEFAULT", "HKU/.DEFAULT", config + "DEFAULT"},
		{"NTUSER", "HKU/Default", "Users/Default/NTUSER.DAT"},
	}
}

// roots are the spellings of the predefined keys, and the hives that they stand for in
// an image.
var roots = map[string]string{
	"HKLM": "HKLM", "HKEY_LOCAL_MACHINE": "HKLM",
	"HKU": "HKU", "HKEY_USERS": "HKU",
	"HKCR": "HKLM/SOFTWARE/Classes", "HKEY_CLASSES_ROOT": "HKLM/SOFTWARE/Classes",
}

// KeyPath is the parsed path of a registry key.
type KeyPath struct {
	Hive  Hive
	Names []string // of the keys below the hive's root, outermost first
}

// String returns the path in gild's canonical form: HKLM/SOFTWARE/…, or with
// backslashes if a key's name contains a slash.
func (k KeyPath) String() string {
	sep := "/"
	if slices.ContainsFunc(k.Names, func(n string) bool { return strings.Contains(n, "/") }) {
		sep = `\`
	}
	parts := append(strings.Split(k.Hive.Root, "/"), k.Names...)
	return strings.Join(parts, sep)
}

// ParseKey parses the path of a registry key. Slashes or backslashes separate its
// names; in a path with backslashes a slash is part of a name. The predefined keys may
// be written short or long.
func ParseKey(path string) (KeyPath, error) {
	sep := "/"
	if strings.Contains(path, `\`) {
		sep = `\`
	}
	parts, err := splitKey(path, sep)
	if err != nil {
		return KeyPath{}, fmt.Errorf("registry key %q: %w", path, err)
	}
	for _, h := range Hives() {
		if len(parts) >= 2 && strings.EqualFold(parts[0]+"/"+parts[1], h.Root) {
			return KeyPath{Hive: h, Names: parts[2:]}, nil
		}
	}
	return KeyPath{}, fmt.Errorf("registry key %q: not in one of an image's hives (HKLM/SOFTWARE, HKLM/SYSTEM, HKU/.DEFAULT, HKU/Default …)", path)
}

// splitKey returns the names in the path, the predefined key in its short form.
func splitKey(path, sep string) ([]string, error) {
	parts := strings.Split(strings.TrimSuffix(path, sep), sep)
	root, ok := roots[strings.ToUpper(parts[0])]
	switch {
	case ok:
		parts = append(strings.Split(root, "/"), parts[1:]...)
	case strings.EqualFold(parts[0], "HKCU"), strings.EqualFold(parts[0], "HKEY_CURRENT_USER"):
		return nil, errors.New("an image has no current user; HKU/Default is what every new user starts with, HKU/.DEFAULT is the logon screen")
	default:
		return nil, fmt.Errorf("starts with %q, want HKLM, HKU or HKCR", parts[0])
	}
	for _, p := range parts {
		switch {
		case p == "":
			return nil, errors.New("holds an empty name")
		case nt.UTF16Len(p) > 255:
			return nil, errors.New("a name is longer than 255 characters")
		}
	}
	return parts, nil
}

// HiveError is an error of a whole hive, not of one key or value: the hive is
// missing or damaged, or can't be written.
type HiveError struct {
	Hive Hive
	Err  error
}

func (e *HiveError) Error() string {
	return fmt.Sprintf("hive %s (%s): %v", e.Hive.Name, e.Hive.File, e.Err)
}
func (e *HiveError) Unwrap() error { return e.Err }
