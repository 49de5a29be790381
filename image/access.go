package image

import "slices"

// Access decides who owns the output's file and who may read and write it. The
// rule is sealed with the checkpoints; the file has it before it gets its name. An
// image that is made from one with a rule takes the rule over.
type Access interface {
	// Access returns what the image's file has of what its rule decides on, in the words
	// of the rule as far as these are true; of an output that is not written yet, the
	// rule it will be given. It is zero if gild never gave the image a rule.
	Access() (AccessRule, error)
	// CheckAccess tells why this machine can't give a file such a rule: an account that
	// it does not know, rights that it lacks. It changes nothing.
	CheckAccess(AccessRule) error
	// SetAccess decides on the rule for the output. The zero rule takes it back.
	SetAccess(AccessRule) error
}

// AccessRule says who owns a file and who may read and write it. Accounts are
// named as the operating system names them:
//
//   - [Everyone] is everybody;
//   - on Windows a name with its domain or without (BUILTIN\Users, builder), or a SID
//     (S-1-5-32-545);
//   - elsewhere the name or the number of a user, or of a group behind "group:".
//
// The owner may read and write in any case.
type AccessRule struct {
	Owner string `json:"owner,omitempty"` // empty: who runs gild
	Group string `json:"group,omitempty"` // owning group, without "group:"; empty: as the system gives it
	// Read and Write list who else may read, and who may read, write and delete. With
	// both nil the rights are those the system gives a new file; otherwise nobody else
	// has any.
	Read  []string `json:"read"`
	Write []string `json:"write"`
}

// Everyone stands for everybody in an [AccessRule].
const Everyone = "everyone"

// IsZero tells whether the rule decides on nothing.
func (r AccessRule) IsZero() bool { return r.Owner == "" && r.Group == "" && !r.Listed() }

// Listed tells whether the rule decides on who may read and write.
func (r AccessRule) Listed() bool { return r.Read != nil || r.Write != nil }

// Equal tells whether two rules say the same; the order of the lists does not matter.
func (r AccessRule) Equal(o AccessRule) bool {
	return r.Owner == o.Owner && r.Group == o.Group && r.Listed() == o.Listed() &&
		slices.Equal(sorted(r.Read), sorted(o.Read)) && slices.Equal(sorted(r.Write), sorted(o.Write))
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
