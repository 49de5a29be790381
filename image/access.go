package image

import "slices"

// Access decides who owns the output's file and who may read and write it. The rule is
// kept in checkpoints. The output has these rights before it gets its name. An image
// whose source has a rule inherits the rule.
type Access interface {
	// Access returns the rights that the image's file really has, in the words of its
	// rule as far as these are still true. Before the output is written, it returns the
	// rule that the output will get. The result is zero if gild never gave the image a
	// rule.
	Access() (AccessRule, error)
	// CheckAccess returns an error if this machine can't apply the rule: it does not
	// know an account, or gild lacks a right. It changes nothing.
	CheckAccess(AccessRule) error
	// SetAccess sets the rule for the output. The zero rule removes it.
	SetAccess(AccessRule) error
}

// AccessRule says who owns a file and who may read and write it. Accounts are
// named as the operating system names them:
//
//   - [Everyone] means all users;
//   - on Windows a name with its domain or without (BUILTIN\Users, builder), or a SID
//     (S-1-5-32-545);
//   - elsewhere the name or the number of a user, or "group:" and that of a group.
//
// The owner may read and write in any case.
type AccessRule struct {
	Owner string `json:"owner,omitempty"` // empty: the user who runs gild
	Group string `json:"group,omitempty"` // owning group, without "group:"; empty: as the system gives it
	// Read and Write list who else may read, and who may read, write and delete. If
	// both are nil, the system's rights for a new file apply; otherwise no one else
	// has any.
	Read  []string `json:"read"`
	Write []string `json:"write"`
}

// Everyone means all users in an [AccessRule].
const Everyone = "everyone"

// IsZero reports whether the rule is empty.
func (r AccessRule) IsZero() bool { return r.Owner == "" && r.Group == "" && !r.Listed() }

// Listed reports whether the rule decides on who may read and write.
func (r AccessRule) Listed() bool { return r.Read != nil || r.Write != nil }

// Equal reports whether two rules say the same; the order of the lists does not matter.
func (r AccessRule) Equal(o AccessRule) bool {
	return r.Owner == o.Owner && r.Group == o.Group && r.Listed() == o.Listed() &&
		slices.Equal(sorted(r.Read), sorted(o.Read)) && slices.Equal(sorted(r.Write), sorted(o.Write))
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
