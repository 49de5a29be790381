package main

import (
	"slices"
	"testing"

	"github.com/spf13/cobra"
)

func testRoot() *cobra.Command {
	root := &cobra.Command{Use: "gild"}
	root.PersistentFlags().String("chdir", "", "work in `DIR`")
	plan := &cobra.Command{Use: "plan"}
	plan.Flags().String("out", "", "write `FILE`")
	plan.Flags().StringArray("var", nil, "set `NAME=VALUE`")
	plan.Flags().Bool("json", false, "")
	root.AddCommand(plan)
	return root
}

func TestRewriteArgs(t *testing.T) {
	for _, test := range []struct{ in, want []string }{
		{[]string{"plan", "-out", "p"}, []string{"plan", "--out=p"}},
		{[]string{"plan", "--out=p"}, []string{"plan", "--out=p"}},
		{[]string{"plan", "-var", "-x=1"}, []string{"plan", "--var=-x=1"}},
		{[]string{"plan", "-var", "--json"}, []string{"plan", "--var=--json"}},
		{[]string{"plan", "-var=a=-b", "-json"}, []string{"plan", "--var=a=-b", "--json"}},
		{[]string{"plan", "-json=false", "x"}, []string{"plan", "--json=false", "x"}},
		{[]string{"-chdir=plan", "plan"}, []string{"--chdir=plan", "plan"}},
		{[]string{"-chdir", "-d", "plan", "-json"}, []string{"--chdir=-d", "plan", "--json"}},
		{[]string{"plan", "-chdir=d"}, []string{"plan", "--chdir=d"}},
		{[]string{"plan", "-h"}, []string{"plan", "--help"}},
		{[]string{"-help"}, []string{"--help"}},
		{[]string{"plan", "-"}, []string{"plan", "-"}},
		{[]string{"plan", "--", "-out"}, []string{"plan", "--", "-out"}},
		{[]string{"plan", "plan", "-json"}, []string{"plan", "plan", "--json"}},
	} {
		got, err := rewriteArgs(testRoot(), test.in)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q, %v, want %q", test.in, got, err, test.want)
		}
	}
	for _, bad := range [][]string{
		{"plan", "-out"}, {"plan", "-out="}, {"-chdir", "", "plan"}, {"plan", "-nope"}, {"-json", "plan"}, {"plan", "-jso"}, {"plan", "-="}, {"plan", "---json"},
	} {
		if got, err := rewriteArgs(testRoot(), bad); err == nil {
			t.Errorf("%q: got %q, want an error", bad, got)
		}
	}
}
