package refdoc

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gildhq/gild/cmd/gild/view"
)

func commandPage(cmd *cobra.Command) string {
	page := "# gild " + cmd.Name() + "\n\n" + generated + commandText(cmd)
	for _, sub := range visible(cmd) {
		page += "\n## " + sub.CommandPath() + "\n\n" + commandText(sub)
	}
	return page
}

// commandText says how a command is called and what its flags mean.
func commandText(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "```\n%s\n```\n\n%s\n", view.Usage(cmd), paragraphs(cmd.Long))
	cmd.InitDefaultHelpFlag()
	b.WriteString("\n| flag | meaning |\n|---|---|\n")
	row := func(f *pflag.Flag) {
		if !f.Hidden {
			name, text := view.Flag(f)
			fmt.Fprintf(&b, "| `%s` | %s |\n", name, cell(text))
		}
	}
	cmd.LocalFlags().VisitAll(row)
	cmd.InheritedFlags().VisitAll(row)
	return b.String()
}

// paragraphs returns a help text as Markdown: what is indented there is code.
func paragraphs(text string) string {
	parts := strings.Split(strings.TrimSpace(text), "\n\n")
	for i, part := range parts {
		if strings.HasPrefix(part, "  ") {
			parts[i] = "```\n" + part + "\n```"
		}
	}
	return strings.Join(parts, "\n\n")
}
