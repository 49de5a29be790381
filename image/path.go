package image

import (
	"fmt"
	"path"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// CleanPath makes a name for [Files] of a path as people write it: with slashes
// or backslashes, with or without a leading one or C:. It refuses what can't be a
// file of the image or of Windows ([MS-FSCC] §2.1.5).
func CleanPath(p string) (string, error) {
	s := strings.ReplaceAll(p, `\`, "/")
	if len(s) >= 2 && s[1] == ':' {
		if s[0] != 'C' && s[0] != 'c' {
			return "", fmt.Errorf("path %q: an image has one drive, C", p)
		}
		s = s[2:]
	}
	if strings.HasPrefix(s, "//") {
		return "", fmt.Errorf("path %q: is a network path; give the path inside the image", p)
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

// reserved are the device names that no file may have, with any extension.
const reserved = " CON PRN AUX NUL COM1 COM2 COM3 COM4 COM5 COM6 COM7 COM8 COM9 LPT1 LPT2 LPT3 LPT4 LPT5 LPT6 LPT7 LPT8 LPT9 "

func checkName(name string) error {
	base, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch {
	case name == "":
		return fmt.Errorf("holds an empty name")
	case name == "." || name == "..":
		return fmt.Errorf("must not hold %q", name)
	case strings.ContainsAny(name, "<>:\"|?*") || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
		return fmt.Errorf("%q holds a character that Windows does not allow in a name", name)
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return fmt.Errorf("%q ends in a dot or a space, which Windows does not keep", name)
	case strings.Contains(reserved, " "+base+" "):
		return fmt.Errorf("%q is the name of a device", name)
	case nt.UTF16Len(name) > 255:
		return fmt.Errorf("a name is longer than 255 characters")
	}
	return nil
}
