package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/operation"
)

const bundleHelp = `Bundle packs the configuration in the current folder, its lock, its payloads and the
source images into one file. "gild apply -bundle FILE" makes the same images from it, on
a machine without network. Everything has to be locked, and to be in the folder of the
configuration. The same values of variables are needed then as now.`

func newBundle(a *app) *cobra.Command {
	var o operation.BundleRequest
	cmd := &cobra.Command{
		Use:   "bundle -out FILE [flags]",
		Short: "Pack everything that images are made of into one file",
		Long:  bundleHelp,
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Out == "" {
				return errors.New("bundle writes a file; name it with -out=FILE")
			}
			return runBundle(cmd.Context(), o, a)
		},
	}
	f := cmd.Flags()
	(*variables)(&o.Vars).register(f)
	f.StringVar(&o.Out, "out", "", "write the bundle to `FILE`")
	f.BoolVar(&o.WithoutSources, "without-sources", false, "leave out source images, and ask for them by their digests")
	return cmd
}

func runBundle(ctx context.Context, o operation.BundleRequest, a *app) error {
	index, err := operation.Bundle(ctx, a.Workspace, o)
	if err != nil {
		return err
	}
	a.screen().Line(fmt.Sprintf("%s: %d files.", o.Out, len(index.Files)))
	for _, f := range index.Absent {
		a.screen().Line(fmt.Sprintf("Without %s (%d bytes, sha256:%s).", f.Name, f.Size, f.SHA256))
	}
	return nil
}

// inBundle does something with the bundle that was named instead of the current folder,
// where paths that the user gave begin.
func (p *planning) inBundle(ctx context.Context, a *app, paths []*string, do func() error) (err error) {
	if p.bundle == "" {
		return do()
	}
	for i := range p.Vars {
		paths = append(paths, &p.Vars[i].File)
	}
	for i := range p.Policies {
		paths = append(paths, &p.Policies[i])
	}
	for _, path := range paths {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	used, err := operation.Enter(ctx, a.Workspace, p.bundle)
	if err != nil {
		return err
	}
	p.Locked = operation.AllLocked
	return errors.Join(do(), used.Close())
}
