package inventory

import (
	"context"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// actionRow is an action of the first boot; what it is given in variables may be
// secret and is not told.
type actionRow struct {
	ID       string       `cty:"id"`
	Order    int          `cty:"order"`
	Title    *string      `cty:"title"`
	Restart  bool         `cty:"restart"`
	Confirm  bool         `cty:"confirm"`
	Bytes    int64        `cty:"payload_bytes"`
	Payloads []payloadRow `cty:"payloads"`
}

type payloadRow struct {
	Name   string `cty:"name"`
	Size   int64  `cty:"size"`
	SHA256 string `cty:"sha256"`
}

func firstBoot() Inventory {
	return Inventory{
		Name: "first_boot", Columns: []string{"order", "id", "title", "payload_bytes"},
		List: listed(queuedActions, func(a image.Action) actionRow {
			row := actionRow{ID: a.ID, Order: a.Order, Title: providers.Known(a.Title), Restart: a.Restart, Confirm: a.Confirm, Payloads: []payloadRow{}}
			for _, p := range a.Payloads {
				row.Bytes += p.Size()
				for _, f := range p.Files {
					row.Payloads = append(row.Payloads, payloadRow{f.Name, f.Size, f.SHA256})
				}
			}
			return row
		}),
	}
}

// queuedActions are those of an image that has a queue.
func queuedActions(_ context.Context, s image.Session) ([]image.Action, []string, error) {
	queue, ok := image.As[image.FirstBoot](s)
	if !ok {
		return nil, nil, nil
	}
	list, err := queue.QueuedActions()
	return list, nil, err
}
