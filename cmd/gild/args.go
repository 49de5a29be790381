package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// rewriteArgs puts arguments into the one form that cobra understands. Flags have
// long names and may be written with one dash or two; the value of one that takes
// a value may follow it as the next argument, whatever it begins with.
func rewriteArgs(root *cobra.Command, args []string) ([]string, error) {
	cmd := root
	var out []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			return append(out, args[i:]...), nil
		case len(arg) > 1 && arg[0] == '-':
			flag, value, hasValue, err := findFlag(cmd, arg)
			if err != nil {
				return nil, err
			}
			if !hasValue && flag.NoOptDefVal == "" {
				i++
				if i == len(args) {
					return nil, fmt.Errorf("-%s needs a value; write -%s=%s", flag.Name, flag.Name, placeholder(flag))
				}
				value, hasValue = args[i], true
			}
			if hasValue && value == "" { // mostly a variable of the shell that is not set
				return nil, fmt.Errorf("-%s has an empty value; write -%s=%s or leave it out", flag.Name, flag.Name, placeholder(flag))
			}
			out = append(out, longForm(flag.Name, value, hasValue))
		default:
			out = append(out, arg)
			if sub := subcommand(cmd, arg); sub != nil {
				cmd = sub
			}
		}
	}
	return out, nil
}

func longForm(name, value string, hasValue bool) string {
	if hasValue {
		return "--" + name + "=" + value
	}
	return "--" + name
}

// findFlag returns the flag that arg names, and the value after the equals sign.
func findFlag(cmd *cobra.Command, arg string) (flag *pflag.Flag, value string, hasValue bool, err error) {
	cmd.InitDefaultHelpFlag()
	name, value, hasValue := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
	switch {
	case name == "h":
		name = "help"
	case name == "version" && !cmd.HasParent():
		flag = &pflag.Flag{Name: "version", NoOptDefVal: "true"}
	}
	for _, set := range []*pflag.FlagSet{cmd.Flags(), cmd.PersistentFlags(), cmd.InheritedFlags()} {
		if f := set.Lookup(name); f != nil {
			flag = f
		}
	}
	if flag == nil {
		return nil, "", false, unknownFlag(cmd, name)
	}
	return flag, value, hasValue, nil
}

func unknownFlag(cmd *cobra.Command, name string) error {
	if !cmd.HasParent() {
		return fmt.Errorf("unknown flag -%s; flags of a command go behind it, as in: gild plan -out=plan.gildplan", name)
	}
	return fmt.Errorf("unknown flag -%s; %q lists those of this command", name, cmd.CommandPath()+" -help")
}

func subcommand(cmd *cobra.Command, name string) *cobra.Command {
	for _, sub := range cmd.Commands() {
		if sub.Name() == name || sub.HasAlias(name) {
			return sub
		}
	}
	return nil
}

// placeholder is the flag's value in its help: the word in backquotes, or the type.
func placeholder(flag *pflag.Flag) string {
	word, _ := pflag.UnquoteUsage(flag)
	return word
}

// atMost returns the check that a command is not given more than n arguments.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) <= n:
			return nil
		case n == 0:
			return fmt.Errorf("gild %s takes no argument, and %q is one; -chdir=DIR works in another folder", cmd.Name(), args[0])
		}
		return fmt.Errorf("gild %s takes one argument, and %q is one more", cmd.Name(), args[n])
	}
}

// exactlyOne returns the check that a command is given its one argument.
func exactlyOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("gild %s needs %s", cmd.Name(), what)
		}
		return atMost(1)(cmd, args)
	}
}
