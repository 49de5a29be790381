package main

import (
	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/operation"
)

const schemaHelp = `Schema prints the kinds of resources with their arguments: types, meanings, values and
nested blocks. It is for editors and other programs, in the form of "terraform
providers schema -json"; people read the reference.`

func newSchema(a *app) *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:   "schema -json",
		Short: "Print the arguments of all kinds, for editors",
		Long:  schemaHelp,
		Args:  atMost(0),
		RunE: func(*cobra.Command, []string) error {
			if !json {
				return operation.Explain("Schema prints JSON only", "Give -json. For people the reference has the same; it is in docs/reference.")
			}
			doc, err := view.NewSchemas(gildVersion(), operation.Kinds())
			if err != nil {
				return err
			}
			return view.Document(a.streams, doc)
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "print a JSON object; needed")
	return cmd
}
