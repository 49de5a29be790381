package health

import (
	"context"
	"fmt"
	"strings"

	"github.com/gildhq/gild/image"
)

// Concerns returns, in sentences, what keeps servicing from working on an image
// according to its own records: pending work, and an incomplete component store. There
// are at most three. It reads the hives and folder lists of servicing.
func Concerns(ctx context.Context, s image.Session) ([]string, error) {
	c := &checker{session: s}
	var ok bool
	if c.files, ok = image.As[image.Files](s); !ok {
		return nil, nil // an image without these records
	}
	if c.registry, ok = image.As[image.Registry](s); !ok {
		return nil, nil
	}
	waiting, err := c.pending(ctx)
	if err != nil {
		return nil, err
	}
	store, err := c.servicing(ctx)
	if err != nil {
		return nil, err
	}
	var all, places []string
	for _, f := range waiting.Findings {
		if f.Remedy == newBase {
			all = append(all, f.String()+". "+f.Remedy)
			continue
		}
		places = append(places, f.Thing)
	}
	if len(places) > 0 {
		all = append(all, "work of servicing is pending in the image ("+strings.Join(places, ", ")+
			"), and much of servicing refuses to run while work is pending (0x800f0806). Start Windows once from the image and capture it again, or start from the image as it was released.")
	}
	if n := len(store.Findings); n > 0 {
		more := ""
		if n > 1 {
			more = fmt.Sprintf(" and %d more like it", n-1)
		}
		all = append(all, "the component store of the image is not whole: "+store.Findings[0].String()+more+". "+store.Findings[0].Remedy)
	}
	return all, nil
}
