package view

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Help prints the help of a command: its usage, what it does, its commands and its
// flags.
func Help(w io.Writer, cmd *cobra.Command) {
	fmt.Fprintf(w, "Usage: %s\n\n%s\n", Usage(cmd), cmd.Long)
	if cmd.HasAvailableSubCommands() {
		fmt.Fprint(w, "\nCommands:\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(w, "  %-12s %s\n", sub.Name(), sub.Short)
			}
		}
	}
	helpFlags(w, "Flags", cmd.LocalNonPersistentFlags())
	helpFlags(w, "Flags of all commands", globalFlags(cmd))
}

// Usage returns the usage line of a command.
func Usage(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return cmd.Name() + " [-chdir=DIR] COMMAND [flags] [arguments]"
	}
	return cmd.Parent().CommandPath() + " " + cmd.Use
}

func globalFlags(cmd *cobra.Command) *pflag.FlagSet {
	if cmd.HasParent() {
		return cmd.InheritedFlags()
	}
	return cmd.PersistentFlags()
}

// helpWidth is the column the text of a flag begins at.
const helpWidth = 24

func helpFlags(w io.Writer, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(w, "\n%s:\n", title)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		name, text := Flag(f)
		if len(name) > helpWidth-4 {
			name += "\n" + strings.Repeat(" ", helpWidth-3)
		}
		fmt.Fprintf(w, "  %-*s %s\n", helpWidth-3, name, text)
	})
}

// Flag returns a flag as it is written, and its meaning.
func Flag(f *pflag.Flag) (name, text string) {
	word, text := pflag.UnquoteUsage(f)
	switch {
	case f.Name == "help":
		return "-help, -h", "print this help"
	case f.NoOptDefVal == "":
		return "-" + f.Name + "=" + word, text
	case f.DefValue == "true":
		return "-" + f.Name + "=false", text
	}
	return "-" + f.Name, text
}
