package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const completionHelp = `Completion prints a script that makes a shell complete the commands and flags of
gild. It is read by the shell when it starts:

  bash:        gild completion bash > /etc/bash_completion.d/gild
  zsh:         gild completion zsh > "${fpath[1]}/_gild"
  fish:        gild completion fish > ~/.config/fish/completions/gild.fish
  powershell:  gild completion powershell >> $PROFILE`

func newCompletion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell",
		Short:     "Print a script for completion in a shell",
		Long:      completionHelp,
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		Args:      exactlyOne("a shell: bash, zsh, fish or powershell"),
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), a.streams.Out
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return fmt.Errorf("no completion for %q; there is bash, zsh, fish and powershell", args[0])
		},
	}
}

// completionArgs rewrites the arguments of a program call, or those of the line
// that a shell asks cobra to complete, up to the word under the cursor.
func completionArgs(root *cobra.Command, args []string) ([]string, error) {
	if len(args) < 2 || !strings.HasPrefix(args[0], "__complete") {
		return rewriteArgs(root, args)
	}
	typed, last := args[1:len(args)-1], args[len(args)-1]
	if done, err := rewriteArgs(root, typed); err == nil {
		typed = done
	}
	return append(append([]string{args[0]}, typed...), last), nil
}
