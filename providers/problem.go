package providers

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gildhq/gild/image"
)

// Problem is a mistake of the author that a kind found. Check, Resolve and Read may return it; the
// plan shows it at the attribute.
type Problem struct {
	Attr    string // the attribute; empty: the whole resource
	Summary string // a few words, capitalised, no full stop
	Detail  string // what is wrong and what to do, in sentences
	// Remedy is advice that only helps the author of this very resource. If another resource
	// expands to it, [Child].Remedy is shown instead.
	Remedy string
	// Part is the name of the part; empty: the resource as a whole.
	Part string
}

func (p *Problem) Error() string {
	return strings.TrimSuffix(p.Summary+": "+p.Detail+" "+p.Remedy, " ")
}

// Problemf returns a [Problem] of an attribute, with a formatted detail.
func Problemf(attr, summary, detail string, args ...any) error {
	return &Problem{Attr: attr, Summary: summary, Detail: fmt.Sprintf(detail, args...)}
}

// Sentence ends an error as a sentence, for the detail of a message.
func Sentence(err error) string { return strings.TrimSuffix(err.Error(), ".") + "." }

// Problems splits an error into those that are joined in it.
func Problems(err error) []error {
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, Problems(e)...)
	}
	return all
}

// WhichFile turns the error of an ambiguous file name into a problem.
func WhichFile(attr string, err error) error {
	ambiguous, ok := errors.AsType[*image.AmbiguousName](err)
	if !ok {
		return err
	}
	return &Problem{Attr: attr, Summary: "Ambiguous file name",
		Detail: fmt.Sprintf("In the image %v. Remove or rename one of them in the source, or name their folder.", ambiguous)}
}
