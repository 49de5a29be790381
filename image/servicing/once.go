package servicing

import (
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/regread"
)

// once reads a list with its notes through the image's memo. The key is what; all
// callers share the list.
func once[T any](s image.Session, what any, read func(r *regread.Reader) ([]T, error), of ...image.Capability) ([]T, []string, error) {
	type result struct {
		list  []T
		notes []string
	}
	found, err := image.Once(s, what, func() (result, error) {
		r, err := regread.NewReader(s)
		if err != nil {
			return result{}, err
		}
		list, err := read(r)
		return result{list, r.Notes()}, err
	}, of...)
	return found.list, found.notes, err
}

// Keys in an image's memo.
type (
	recorded      struct{}
	described     struct{}
	features      struct{}
	capabilities  struct{}
	manifestFiles struct{}
	parentsOf     struct{ feature, in string }
)
