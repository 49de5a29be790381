package capability

import (
	"context"
	"regexp"
	"strings"

	"github.com/gildhq/gild/providers"
)

// identity is a capability's identity: that of a package, with neither public key
// token nor architecture ("Features On Demand" in the documentation of Windows). Some
// have no version, like WMIC~~~~.
var identity = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*~~~[A-Za-z0-9-]*~([0-9]+(\.[0-9]+){3})?$`)

var short = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// parts are the name and the language in an identity; the language may be empty.
func parts(name string) (base, language string) {
	p := strings.Split(name, "~")
	return p[0], p[3]
}

func check(c *capability, absent bool) error {
	const summary = "Invalid name of a capability"
	switch {
	case c.Name == "":
		return providers.Problemf("name", summary, "The name is empty.")
	case short.MatchString(c.Name):
		return providers.Problemf("name", summary, "%q lacks the version: the name of a capability without a language is like %q, of one with a language like %q.", c.Name, c.Name+"~~~~0.0.1.0", c.Name+"~~~en-US~0.0.1.0")
	case !identity.MatchString(c.Name) || len(c.Name) > 200:
		return providers.Problemf("name", summary, `%q is no name such as "Language.Basic~~~de-DE~0.0.1.0": a name, three tildes, a language or nothing, a tilde, a version or, of a few such as WMIC~~~~, nothing.`, c.Name)
	}
	if absent {
		return nil
	}
	none := "" // so that a reader knows that the capability is wanted
	c.Digest = &none
	if providers.Is(c.Source, "") {
		return providers.Problemf("source", "Invalid source", "The name of the folder is empty.")
	}
	return nil
}

func resolve(ctx context.Context, host providers.Host, c *capability) error {
	if c.Source == nil {
		return nil
	}
	p, found, err := files(ctx, host, *c.Source, c.Name)
	if err != nil {
		return err
	}
	c.describe(p, found)
	return nil
}
