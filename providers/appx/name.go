package appx

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/providers"
)

// identity is the full name of a package, taken apart: name, version,
// architecture, resource and publisher with underscores between them ("Package
// identity overview" in the documentation of MSIX). The resource of a bundle is ~.
type identity struct {
	full                                     string
	name, version, arch, resource, publisher string
}

func parseIdentity(full string) (identity, bool) {
	p := strings.Split(full, "_")
	if len(p) != 5 || p[0] == "" || p[1] == "" || p[2] == "" || p[4] == "" {
		return identity{}, false
	}
	return identity{full, p[0], p[1], p[2], p[3], p[4]}, true
}

// family is what all packages of an app have in common.
func (i identity) family() string { return i.name + "_" + i.publisher }

// check refuses an invalid name, and suggests a valid one if it can.
func check(a *app, absent bool) error {
	problem := func(format string, args ...any) error {
		return &providers.Problem{Attr: "name", Summary: "Invalid name of an app", Detail: fmt.Sprintf(format, args...)}
	}
	short, _, more := strings.Cut(a.Name, "_")
	switch {
	case a.Name == "":
		return problem("The name is empty.")
	case strings.ContainsAny(a.Name, "*?"):
		return problem("%q holds a wildcard. Write one resource for each app; for_each makes them from a list.", a.Name)
	case more && short != "":
		return problem("%q is the name of a package or family; the app's name is %q.", a.Name, short)
	case strings.ContainsFunc(a.Name, func(r rune) bool { return !isNameRune(r) }):
		return problem(`%q is no name such as "Microsoft.WindowsCalculator": letters, digits, dots and hyphens.`, a.Name)
	case absent:
		return nil
	}
	return checkAddition(a)
}

// isNameRune reports whether a name may hold the character (ST_PackageName in the
// schema of AppxManifest.xml).
func isNameRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '.' || r == '-'
}
