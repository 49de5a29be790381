package refdoc

import (
	"github.com/gildhq/gild/providers/security"
	"github.com/gildhq/gild/providers/userdefault"
)

// appendix returns what the page of a kind has beside its schema: of kinds that
// are catalogues of settings, what these are made of.
func appendix(kind string) string {
	switch kind {
	case "security":
		return security.Catalogue().Reference()
	case "user_default":
		return userdefault.Catalogue().Reference()
	}
	return ""
}
