package main

import (
	"context"
	"io"
	"iter"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/operation"
)

const consoleHelp = `Console reads expressions and prints their values. They can use the variables,
locals and functions of the configuration in the current folder. An expression ends
at the end of its line, or where its brackets are closed. "exit" or the end of the
input ends the console. If expressions are piped in, the exit code is 1 if one of
them is wrong.`

type consoleOptions struct {
	vars variables
}

func newConsole(a *app) *cobra.Command {
	var o consoleOptions
	cmd := &cobra.Command{
		Use:   "console [flags]",
		Short: "Evaluate expressions with the configuration's variables",
		Long:  consoleHelp,
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return runConsole(cmd.Context(), o, a) },
	}
	o.vars.register(cmd.Flags())
	return cmd
}

func runConsole(ctx context.Context, o consoleOptions, a *app) error {
	m, diags, err := a.Open(ctx, operation.Reading{Vars: o.vars})
	if err != nil {
		return err
	}
	defer m.Close()
	screen := a.screen()
	screen.Diagnostics(diags, m.Config.Files)
	c := console{screen: screen, interactive: a.streams.Interactive(), config: m.Config}
	failed := false
	for text := range expressions(ctx, a.streams.In, c.prompt) {
		failed = !c.evaluate(text) || failed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if failed && !c.interactive {
		return result(exitError)
	}
	return nil
}

// console evaluates expressions in the scope of a configuration.
type console struct {
	screen      *view.Screen
	interactive bool
	config      *dsl.Config
}

func (c *console) prompt(more bool) {
	switch {
	case !c.interactive:
	case more:
		c.screen.Prompt(": ")
	default:
		c.screen.Prompt("> ")
	}
}

// evaluate prints the value of an expression, and tells whether it has one.
func (c *console) evaluate(text string) bool {
	const name = "console"
	expr, diags := hclsyntax.ParseExpression([]byte(text), name, hcl.InitialPos)
	if !diags.HasErrors() {
		v, more := expr.Value(c.config.Scope)
		if diags = append(diags, more...); !diags.HasErrors() {
			c.screen.Line(view.Value(v))
		}
	}
	c.screen.Diagnostics(diags, map[string]*hcl.File{name: {Bytes: []byte(text)}})
	return !diags.HasErrors()
}

// expressions yields the typed expressions, up to exit or the end.
func expressions(ctx context.Context, in io.Reader, prompt func(more bool)) iter.Seq[string] {
	return func(yield func(string) bool) {
		lines := newLineReader(in)
		text := ""
		for {
			prompt(text != "")
			line, err := lines.next(ctx)
			if err != nil {
				break
			}
			text += line + "\n"
			trimmed := strings.TrimSpace(text)
			if trimmed == "exit" || trimmed != "" && !open(text) && !yield(trimmed) {
				return
			}
			if trimmed == "" || !open(text) {
				text = ""
			}
		}
		if strings.TrimSpace(text) != "" {
			yield(text)
		}
	}
}

// open tells whether the text leaves a bracket or a here document open.
func open(text string) bool {
	tokens, _ := hclsyntax.LexExpression([]byte(text), "", hcl.InitialPos)
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOHeredoc,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCHeredoc,
			hclsyntax.TokenTemplateSeqEnd:
			depth--
		}
	}
	return depth > 0
}
