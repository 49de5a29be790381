package servicing

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// identityForm is a package identity: name, public key token, architecture,
// language (empty for none) and version.
var identityForm = regexp.MustCompile(`^[^~]+~[0-9a-fA-F]{16}~[^~]+~[^~]*~[0-9]+(\.[0-9]+){3}$`)

// updateForm is an identity of an update. What it updates is in it, but no features.
var updateForm = regexp.MustCompile(`(?i)^Package_([0-9]+_)?for_`)

func isIdentity(s string) bool { return identityForm.MatchString(s) }

// versionOf returns the version in an identity, empty if there is none.
func versionOf(identity string) string {
	return identity[strings.LastIndexByte(identity, '~')+1:]
}

// compareVersions compares versions of four numbers. What is no number counts as 0.
func compareVersions(a, b string) int {
	return slices.Compare(numbers(a), numbers(b))
}

func numbers(version string) []uint64 {
	var list []uint64
	for part := range strings.SplitSeq(version, ".") {
		n, _ := strconv.ParseUint(part, 10, 64)
		list = append(list, n)
	}
	return list
}

// better tells whether of two packages that hold one thing a is the one that
// counts: the one of which more is there, then the newer one.
func better(a, b *Package) bool {
	return cmp.Or(
		cmp.Compare(a.State.rank(), b.State.rank()),
		compareVersions(versionOf(a.Identity), versionOf(b.Identity)),
		nt.Compare(b.Identity, a.Identity),
	) > 0
}
