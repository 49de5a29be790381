package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/operation"
)

const outputHelp = `Output prints the outputs of the configuration in the current folder, or one of
them. Values that describe an image, such as its size, are read from its current
output file; if there is no such file yet, they are known after apply. Output
changes nothing, and does not print sensitive values.`

type outputOptions struct {
	vars      variables
	name      string // empty: all
	json, raw bool
}

func newOutput(a *app) *cobra.Command {
	var o outputOptions
	cmd := &cobra.Command{
		Use:   "output [flags] [NAME]",
		Short: "Print the outputs of the configuration",
		Long:  outputHelp,
		Args:  atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.name = args[0]
			}
			switch {
			case o.raw && o.json:
				return errors.New("-raw and -json can't be used together")
			case o.raw && o.name == "":
				return errors.New("-raw prints one output; write gild output -raw NAME")
			}
			return runOutput(cmd.Context(), o, a)
		},
	}
	o.vars.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object; of NAME its value alone")
	cmd.Flags().BoolVar(&o.raw, "raw", false, "print the text of NAME as it is, for scripts")
	return cmd
}

func runOutput(ctx context.Context, o outputOptions, a *app) error {
	m, diags, err := a.Open(ctx, operation.Reading{Vars: o.vars, Results: true})
	if err != nil {
		return err
	}
	defer m.Close()
	if !o.json {
		a.screen().Diagnostics(diags, m.Config.Files)
	}
	switch {
	case o.name != "":
		return printOutput(o, m.Config.Outputs, a)
	case o.json:
		document, err := view.NewOutputs(m.Config.Outputs)
		if err != nil {
			return err
		}
		return view.Document(a.streams, document)
	}
	view.PrintOutputs(a.screen(), m.Config.Outputs)
	return nil
}

// printOutput prints the output that the options name.
func printOutput(o outputOptions, all []dsl.Output, a *app) error {
	var names []string
	for _, one := range all {
		names = append(names, one.Name)
		if one.Name != o.name {
			continue
		}
		if !o.json && !o.raw {
			a.screen().Line(view.Value(one.Value))
			return nil
		}
		value, err := shown(one)
		if err != nil {
			return err
		}
		if o.json {
			return view.Document(a.streams, ctyjson.SimpleJSONValue{Value: value})
		}
		text, err := convert.Convert(value, cty.String)
		if err != nil || text.IsNull() {
			return operation.Explain("Not a text", "The output %q is %s, so it can't be printed with -raw; use -json.", o.name, value.Type().FriendlyName())
		}
		return a.screen().Raw([]byte(text.AsString()))
	}
	return operation.Explain("Unknown output", "The configuration declares no output %q.%s", o.name, similar.Hint(o.name, names))
}

// shown returns the value of an output for programs, which can't see that there is none.
func shown(o dsl.Output) (cty.Value, error) {
	switch {
	case o.Sensitive:
		return cty.NilVal, operation.Explain("Sensitive value", "The output %q is sensitive, so it is not printed.", o.Name)
	case !o.Value.IsWhollyKnown():
		return cty.NilVal, operation.Explain("Known after apply", "The output %q, or a part of it, is known when the images that it names have been made: run gild apply first.", o.Name)
	}
	return o.Value, nil
}
