package providers

import "errors"

// Problem is a fault in what the author wrote, found by a kind. Check, Resolve
// and Read may return it; the plan shows it at the attribute.
type Problem struct {
	Attr    string // attribute it belongs to; empty: the whole resource
	Summary string // a few words, capitalised, no full stop
	Detail  string // what is wrong and what to do, in sentences
}

func (p *Problem) Error() string { return p.Summary + ": " + p.Detail }

// Problems takes apart an error that may be several joined ones.
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
