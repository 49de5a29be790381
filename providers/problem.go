package providers

import (
	"errors"
	"strings"
)

// Problem is a fault in what the author wrote, found by a kind.
type Problem struct {
	Attr    string // attribute it belongs to; empty: the whole resource
	Summary string // a few words, capitalised, no full stop
	Detail  string // what is wrong and what to do, in sentences
}

func (p *Problem) Error() string { return p.Summary + ": " + p.Detail }

// Problems takes apart an error that may be several joined ones.
func Problems(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}

// Claims are compared literally, so each kind of thing has one spelling.

// ClaimValue is the claim on one value of a registry key, in [image.KeyPath]'s form.
func ClaimValue(key, name string) string { return "registry value " + fold(key) + " : " + fold(name) }

// ClaimKey is the claim on a registry key as a whole.
func ClaimKey(key string) string { return "registry key " + fold(key) }

// ClaimFile is the claim on a file or folder, by its name in the image.
func ClaimFile(name string) string { return "file " + fold(name) }

func fold(s string) string { return strings.ToUpper(s) }
