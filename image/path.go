package image

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/gildhq/gild/formats/nt"
)

// CleanPath turns a path as people write it into a name for [Files]: with slashes
// or backslashes, with or without a leading one or C:. It refuses names that
// Windows does not allow ([MS-FSCC] §2.1.5).
func CleanPath(p string) (string, error) {
	s := strings.ReplaceAll(p, `\`, "/")
	if len(s) >= 2 && s[1] == ':' {
		if s[0] != 'C' && s[0] != 'c' {
			return "", fmt.Errorf("path %q: an image has one drive, C", p)
		}
		s = s[2:]
	}
	if strings.HasPrefix(s, "//") {
		return "", fmt.Errorf("path %q: is a network path; use the path inside the image", p)
	}
	s = strings.Trim(s, "/")
	if s == "" {
		return ".", nil
	}
	for _, part := range strings.Split(s, "/") {
		if err := checkName(part); err != nil {
			return "", fmt.Errorf("path %q: %w", p, err)
		}
	}
	return path.Clean(s), nil
}

// CheckNew refuses the name of a new file that Windows does not allow.
func CheckNew(name string) error {
	clean, err := CleanPath(name)
	if err == nil && clean != name {
		err = fmt.Errorf("name %q: want a plain name", name)
	}
	return err
}

// isDevice reports whether Windows treats a name as that of a device: whatever its
// case, its extension, and the spaces before the extension ("Naming Files, Paths, and
// Namespaces").
func isDevice(name string) bool {
	base, _, _ := strings.Cut(nt.Fold(name), ".")
	base = strings.TrimRight(base, " ")
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	port, ok := strings.CutPrefix(base, "COM")
	if !ok {
		port, ok = strings.CutPrefix(base, "LPT")
	}
	return ok && utf8.RuneCountInString(port) == 1 && strings.Contains("0123456789¹²³", port)
}

func checkName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("contains an empty name")
	case name == "." || name == "..":
		return fmt.Errorf("must not contain %q", name)
	case strings.ContainsAny(name, "<>:\"|?*") || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
		return fmt.Errorf("%q contains a character that Windows does not allow in a name", name)
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return fmt.Errorf("%q ends in a dot or a space, which Windows does not keep", name)
	case isDevice(name):
		return fmt.Errorf("%q is the name of a device", name)
	case nt.UTF16Len(name) > 255:
		return fmt.Errorf("a name is longer than 255 characters")
	}
	return nil
}
