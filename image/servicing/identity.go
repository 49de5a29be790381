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

// updateForm is an identity of an update. What it updates is in it, but no features.
var updateForm = regexp.MustCompile(`(?i)^Package_([0-9]+_)?for_`)

// articleForm is an identity of an update that is named after its article, or of
// a part of it.
var articleForm = regexp.MustCompile(`(?i)^Package_(?:[0-9]+_)?for_KB([0-9]+)[~_]`)

func isIdentity(s string) bool { return identityForm.MatchString(s) }

// versionOf returns the version in an identity, empty if there is none.
func versionOf(identity string) string {
	return identity[strings.LastIndexByte(identity, '~')+1:]
}

// nameKB is the article that an update is named after; empty if it is not.
func nameKB(identity string) string {
	m := articleForm.FindStringSubmatch(identity)
	if m == nil {
		return ""
	}
	return "KB" + m[1]
}

// better tells whether of two packages that hold one thing a is the one that
// counts: the one of which more is there, then the newer one.
func better(a, b *Package) bool {
	return cmp.Or(
		cmp.Compare(a.State.rank(), b.State.rank()),
		msu.CompareVersions(a.ID.Version, b.ID.Version),
		nt.Compare(b.Identity, a.Identity),
	) > 0
}
