package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/dismemu"
	"github.com/gildhq/gild/internal/dismemu/sfc"
)

// emulated is a program that behaves as dism.exe does.
type emulated struct{ *dismemu.Machine }

// Run implements [dism.Program].
func (e emulated) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	return e.Machine.Run(ctx, args, out), ctx.Err()
}

// SFC implements [dism.SystemFileChecker].
func (e emulated) SFC(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	return sfc.Run(ctx, args, out), ctx.Err()
}

// rehearse goes through everything in a temporary folder, with an emulated DISM.
// Outputs that are there do not matter: all is made from the sources.
func (a *app) rehearse(ctx context.Context, o applyOptions, v view.View) (err error) {
	if o.file != "" {
		return tell("A rehearsal has a plan of its own", "-rehearse can't be used with a plan file: it plans for an emulated DISM and outputs that are not kept.")
	}
	dir, err := os.MkdirTemp("", "gild-rehearsal-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	m, diags, err := a.open(o.vars)
	if err != nil {
		return err
	}
	defer m.Close()
	if m.config, err = elsewhere(m.config, dir); err != nil {
		return err
	}
	machine := &dismemu.Machine{State: filepath.Join(dir, "dism"), Fault: a.getenv("GILD_DISMEMU_FAULT")}
	m.input.Config = m.config
	m.input.Backends = []image.Backend{dism.Backend{Program: emulated{machine}}, offline.Backend{}}
	plan, err := a.make(ctx, o.planning, m, v, diags)
	if err != nil {
		return err
	}
	if err := o.confirmable(plan); err != nil {
		return err
	}
	v.Plan(plan, language(m.input.Providers))
	if _, err := a.execute(ctx, plan, v.Progress(plan, &history.History{}), executor.Options{
		Backends: m.input.Backends, Store: filepath.Join(dir, "store"), Confirm: o.verify == verifyDISM,
	}); err != nil {
		return err
	}
	v.Rehearsed(plan)
	return nil
}

// elsewhere is the configuration with its outputs in another folder.
func elsewhere(config *dsl.Config, dir string) (*dsl.Config, error) {
	moved := *config
	moved.Images = make([]*dsl.Image, len(config.Images))
	for i, img := range config.Images {
		if img.Target != "" {
			return nil, tell("Nothing to rehearse on", "The image %s is serviced in place, in the folder %s: a rehearsal would change it. Rehearse with its WIM file as source.", img.Name, img.Target)
		}
		one := *img
		one.Output = filepath.Join(dir, fmt.Sprint(i+1), filepath.Base(img.Output))
		moved.Images[i] = &one
	}
	return &moved, nil
}
