// Package refdoc writes the reference documentation from the schemas of the kinds
// and the flags of the commands.
package refdoc

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/providers"
)

// generated stands in every page.
const generated = "<!-- Written by go generate ./cmd/gild; edit the schema, the flags or cmd/gild/refdoc/examples instead. -->\n\n"

// examples holds a configuration for each kind: kind.gild.hcl.
//
//go:embed examples/*.gild.hcl
var examples embed.FS

// Pages returns the pages by their path below docs/reference.
func Pages(root *cobra.Command, kinds []*providers.Provider) (map[string][]byte, error) {
	pages := map[string][]byte{}
	for _, p := range kinds {
		example, err := Example(p.Kind)
		if err != nil {
			return nil, err
		}
		pages["kinds/"+p.Kind+".md"] = []byte(kindPage(p, example))
	}
	for _, cmd := range visible(root) {
		pages["commands/"+cmd.Name()+".md"] = []byte(commandPage(cmd))
	}
	pages["README.md"] = []byte(index(root, kinds))
	return pages, nil
}

// Example returns the configuration that shows a kind.
func Example(kind string) (string, error) {
	text, err := examples.ReadFile("examples/" + kind + ".gild.hcl")
	if err != nil {
		return "", fmt.Errorf("kind %s has no example for its reference page: %w", kind, err)
	}
	return string(text), nil
}

func visible(root *cobra.Command) []*cobra.Command {
	return slices.DeleteFunc(slices.Clone(root.Commands()), func(c *cobra.Command) bool { return !c.IsAvailableCommand() })
}

func index(root *cobra.Command, kinds []*providers.Provider) string {
	var b strings.Builder
	b.WriteString("# Reference\n\n" + generated + paragraphs(root.Long) +
		"\n\nThe [glossary](../glossary.md) says what the words mean.\n\n## Kinds of resources\n\n| kind | what it is |\n|---|---|\n")
	for _, p := range kinds {
		fmt.Fprintf(&b, "| [%s](kinds/%s.md) | %s |\n", p.Kind, p.Kind, cell(firstSentence(p.Doc)))
	}
	b.WriteString("\n## Commands\n\n| command | what it does |\n|---|---|\n")
	for _, cmd := range visible(root) {
		fmt.Fprintf(&b, "| [%s](commands/%s.md) | %s |\n", cmd.Name(), cmd.Name(), cell(cmd.Short))
	}
	return b.String()
}

// firstSentence returns the beginning of a text up to its first full stop.
func firstSentence(text string) string {
	text = strings.Join(strings.Fields(strings.SplitN(text, "\n\n", 2)[0]), " ")
	if before, _, found := strings.Cut(text, ". "); found {
		return before + "."
	}
	return text
}

// cell returns a text that fits into a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}
