package servicing

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
)

// identityForm is a package identity: name, public key token, architecture,
// language (empty for none) and version.
var identityForm = regexp.MustCompile(`^[^~]+~[0-9a-fA-F]{16}~[^~]+~[^~]*~[0-9]+(\.[0-9]+){3}$`)

// updateForm matches the identity of an update, whose entries are not features.
var updateForm = regexp.MustCompile(`(?i)^Package_([0-9]+_)?for_`)

// articleForm matches the identity of an update that is named after its article, or of
// one of its sub-packages.
var articleForm = regexp.MustCompile(`(?i)^Package_(?:[0-9]+_)?for_KB([0-9]+)[~_]`)

func isIdentity(s string) bool { return identityForm.MatchString(s) }

// versionOf returns the version in an identity, empty if there is none.
func versionOf(identity string) string {
	return identity[strings.LastIndexByte(identity, '~')+1:]
}

// nameKB returns the article after which an update is named; empty if there is none.
func nameKB(identity string) string {
	m := articleForm.FindStringSubmatch(identity)
	if m == nil {
		return ""
	}
	return "KB" + m[1]
}

// better reports whether a, of two packages with the same feature or capability,
// determines its state: the one that is installed further, then the newer one.
func better(a, b *Package) bool {
	return cmp.Or(
		cmp.Compare(a.State.rank(), b.State.rank()),
		msu.CompareVersions(a.ID.Version, b.ID.Version),
		nt.Compare(b.Identity, a.Identity),
	) > 0
}
