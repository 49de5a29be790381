package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
)

const formatSVG = "svg"

const graphHelp = `Graph draws the configuration of the current folder: images with their sources
and outputs, their resources in the order of servicing, and dependencies. It prints
DOT, for Graphviz, or Mermaid, which many sites that show Markdown can draw.`

type graphOptions struct {
	vars   variables
	format string
}

func newGraph(a *app) *cobra.Command {
	var o graphOptions
	cmd := &cobra.Command{
		Use:   "graph [flags]",
		Short: "Draw images, resources and their dependencies",
		Long:  graphHelp,
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return runGraph(cmd.Context(), o, a) },
	}
	o.vars.register(cmd.Flags())
	cmd.Flags().StringVar(&o.format, "format", "dot", "draw as `FORMAT`: dot, mermaid or svg")
	return cmd
}

func runGraph(ctx context.Context, o graphOptions, a *app) error {
	if o.format != "dot" && o.format != "mermaid" && o.format != formatSVG {
		return fmt.Errorf("-format=%s: there is dot, mermaid and svg", o.format)
	}
	m, diags, err := a.Open(ctx, operation.Reading{Vars: o.vars})
	if err != nil {
		return err
	}
	defer m.Close()
	outline, more := planner.Outline(ctx, m.Input)
	diags = operation.Merge(diags, more)
	if err := operation.Check(diags, m.Config.Files); err != nil {
		return err
	}
	screen := a.screen()
	screen.Diagnostics(diags, m.Config.Files)
	switch doc := document.New(outline); o.format {
	case "mermaid":
		screen.Mermaid(doc)
	case formatSVG:
		screen.SVG(doc)
	default:
		screen.Dot(doc)
	}
	return nil
}
