package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/store"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
)

const showHelp = `Show prints a plan that plan -out has saved, with a warning if it was not made here or
was changed. For an image that gild has made, it prints what the image was made from:
the source, and every change in order. Without an argument, it does so for each
output of the configuration in the current folder.
With -report it prints where the report of a run is: the latest run, or RUN, which is
a part of a run's name. With -json it prints the report.
With -first-boot it prints what a machine does at the first boot of an image: the
queued scripts, and the one that runs them.`

type showOptions struct {
	vars   variables
	arg    string
	json   bool
	format string
	detail

	firstBoot bool
	report    bool
}

func newShow(a *app) *cobra.Command {
	var o showOptions
	cmd := &cobra.Command{
		Use:   "show [flags] [PLANFILE | IMAGE[:NUMBER] | RUN]",
		Short: "Show a saved plan, or what an image was made from",
		Long:  showHelp,
		Args:  atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.arg = args[0]
			}
			return runShow(cmd.Context(), o, a)
		},
	}
	o.vars.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object")
	cmd.Flags().StringVar(&o.format, "format", formatText, "print a saved plan as `FORMAT`: text, markdown, html or json")
	o.detail.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.firstBoot, "first-boot", false, "print the work queued for the first boot of an image")
	cmd.Flags().BoolVar(&o.report, "report", false, "print where the report of RUN is; default: the latest run")
	return cmd
}

func runShow(ctx context.Context, o showOptions, a *app) error {
	switch {
	case !slices.Contains([]string{formatText, formatMarkdown, formatHTML, formatJSON}, o.format):
		return fmt.Errorf("-format=%s: there is text, markdown, html and json", o.format)
	case o.json && o.format != formatText:
		return errors.New("-json and -format: give one of them")
	case o.report && o.firstBoot:
		return errors.New("-report is about a run, and -first-boot about an image: give one of them")
	case o.report:
		return a.showReport(o.arg, o.json)
	case o.firstBoot && o.arg == "":
		return errors.New("-first-boot needs an image: a WIM file, or a folder that holds a mounted or applied image")
	case o.arg == "":
		return showOutputs(ctx, o, a)
	}
	ref, err := parseRef(o.arg)
	if err != nil {
		return err
	}
	isImage, err := holdsImage(ref.Path)
	switch {
	case err != nil:
		return err
	case !isImage && o.firstBoot:
		return fmt.Errorf("%s: is no image, and only images have a first boot", o.arg)
	case !isImage:
		return showPlan(o, a)
	case o.firstBoot:
		return showFirstBoot(ctx, ref, o.json, a)
	}
	made, err := made(ctx, ref, a)
	if err != nil {
		return err
	}
	return a.print(view.NewShown([]view.Made{made}), o.json)
}

// holdsImage tells whether the path is that of a WIM file or a folder, and not a plan.
func holdsImage(path string) (bool, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return true, nil
	}
	f, err := regular.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	const magic = "MSWIM\x00\x00\x00"
	start := make([]byte, len(magic))
	_, err = io.ReadFull(f, start)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false, nil
	}
	return string(start) == magic, err
}

func showPlan(o showOptions, a *app) error {
	dir, err := a.Store()
	if err != nil {
		return err
	}
	key, err := store.FindKey(dir)
	if err != nil {
		return fmt.Errorf("key of the checkpoint store: %w", err)
	}
	plan, err := planner.Load(o.arg, key)
	known := key != nil && !errors.Is(err, planner.ErrKey)
	if !known {
		if plan, err = planner.Load(o.arg, nil); err == nil {
			a.screen().Diagnostics(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "Plan is not verified",
				Detail: o.arg + " was not made with the store of this configuration, or has been changed since: the file is shown as it is; gild apply takes it only where it was made, or with the same GILD_DATA_DIR."}}, nil)
		}
	}
	if err != nil {
		return err
	}
	doc := document.New(plan)
	if known {
		doc = a.Document(plan)
	}
	kinds := operation.Language(operation.Kinds())
	switch {
	case o.json, o.format == formatJSON:
		return view.Document(a.streams, doc)
	case o.format == formatMarkdown:
		return view.Markdown(a.streams, doc, kinds)
	case o.format == formatHTML:
		return view.HTML(a.streams, doc, kinds)
	}
	level, err := o.level()
	if err != nil {
		return err
	}
	s := a.screen()
	s.Show(level)
	s.Plan(doc, kinds)
	return nil
}

// showOutputs shows what the outputs of the configuration were made from.
func showOutputs(ctx context.Context, o showOptions, a *app) error {
	m, diags, err := a.Open(ctx, operation.Reading{Vars: o.vars})
	if err != nil {
		return err
	}
	defer m.Close()
	a.screen().Diagnostics(diags, m.Config.Files)
	var all []view.Made
	for _, img := range m.Config.Images {
		if img.Output == "" {
			continue // a folder has no receipt
		}
		one, err := made(ctx, image.Ref{Path: m.Input.Host.Path(img.Output)}, a)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			one = view.Made{Path: img.Output, Missing: true}
		case err != nil:
			return err
		}
		one.Image = img.Name
		all = append(all, one)
	}
	return a.print(view.NewShown(all), o.json)
}

// made reads an image's receipt.
func made(ctx context.Context, ref image.Ref, a *app) (m view.Made, err error) {
	s, err := a.OpenImage(ctx, ref)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	info, err := s.Info(ctx)
	if err != nil {
		return m, fmt.Errorf("%s: %w", refText(ref), err)
	}
	receipt, err := planner.ParseReceipt(info.Receipt)
	if err != nil {
		return m, fmt.Errorf("%s: %w", refText(ref), err)
	}
	return view.Made{Path: refText(ref), Receipt: receipt}, nil
}
