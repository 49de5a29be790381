package inventory

import (
	"context"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/unattend/catalogue"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/answerfile"
	"github.com/gildhq/gild/providers"
)

// answerRow is an answer file, in the order in which Windows looks for them.
type answerRow struct {
	Path      string   `cty:"path"`
	ReadFor   []string `cty:"read_for"` // passes that Windows takes from it
	Passes    []string `cty:"passes"`   // that it has settings for
	Processed []string `cty:"processed"`
	Named     bool     `cty:"named_in_registry"`
	Fault     *string  `cty:"fault"`
}

func answerFiles() Inventory {
	return Inventory{
		Name: "answer_file", Columns: []string{"path", "read_for", "passes", "processed", "fault"},
		List: func(_ context.Context, s image.Session) ([]cty.Value, []string, error) {
			files, err := answerfile.Find(s, nil)
			if err != nil {
				return nil, nil, err
			}
			out, err := values(files, func(f answerfile.Found) answerRow { return answerRowOf(files, f) })
			return out, nil, err
		},
	}
}

func answerRowOf(files answerfile.Files, f answerfile.Found) answerRow {
	row := answerRow{Path: f.Path, Named: f.Named, ReadFor: []string{}, Passes: []string{}, Processed: []string{}}
	if f.Fault != nil {
		row.Fault = providers.Known(f.Fault.Error())
	}
	if f.File == nil {
		return row
	}
	for _, pass := range catalogue.Passes() {
		if first := files.First(pass); first != nil && first.Path == f.Path {
			row.ReadFor = append(row.ReadFor, pass)
		}
		if !slices.Contains(f.File.Passes(), pass) {
			continue
		}
		row.Passes = append(row.Passes, pass)
		if f.File.Processed(pass) {
			row.Processed = append(row.Processed, pass)
		}
	}
	if twice := f.File.Twice(); len(twice) > 0 {
		row.Fault = providers.Known("Windows Setup refuses it: it holds more than once " + twice[0].String())
	}
	return row
}
