package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
)

// version is set by the linker; otherwise Go's build information is used.
var version string

type versionOptions struct {
	json bool
}

func newVersion(a *app) *cobra.Command {
	var o versionOptions
	cmd := &cobra.Command{
		Use:   "version [flags]",
		Short: "Print the version",
		Long:  "Version prints the version of gild, the platform it was built for and the Go release that built it.",
		Args:  atMost(0),
		RunE: func(*cobra.Command, []string) error {
			return runVersion(o, a)
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object")
	return cmd
}

func runVersion(o versionOptions, a *app) error {
	return a.print(view.Version{Gild: gildVersion(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}, o.json)
}

// gildVersion returns the version of the program, without the leading v.
func gildVersion() string {
	if version != "" {
		return trimV(version)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "dev"
	}
	return trimV(info.Main.Version)
}

func trimV(s string) string {
	if len(s) > 1 && s[0] == 'v' && s[1] >= '0' && s[1] <= '9' {
		return s[1:]
	}
	return s
}
