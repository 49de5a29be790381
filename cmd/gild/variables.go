package main

import (
	"github.com/spf13/pflag"

	"github.com/gildhq/gild/dsl"
)

// variables are the values of -var and -var-file, in the order of the command line.
type variables []dsl.VariableArg

func (v *variables) register(flags *pflag.FlagSet) {
	flags.Var(variableFlag{v, false}, "var", "give a variable a value: `NAME=VALUE`; repeatable")
	flags.Var(variableFlag{v, true}, "var-file", "take values of variables from `FILE`; repeatable")
}

// variableFlag is one of the two flags that fill the same list.
type variableFlag struct {
	list *variables
	file bool
}

func (f variableFlag) String() string { return "" }
func (f variableFlag) Type() string   { return "string" }
func (f variableFlag) Set(s string) error {
	arg := dsl.VariableArg{Var: s}
	if f.file {
		arg = dsl.VariableArg{File: s}
	}
	*f.list = append(*f.list, arg)
	return nil
}
