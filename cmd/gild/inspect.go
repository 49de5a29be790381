package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/inventory"
	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/operation"
)

const inspectHelp = `Inspect shows what is in an image: a WIM file, one of the images in it (given by
its number, as in install.wim:2), or the folder of a mounted or applied image.
For a file with several images it lists them. It changes nothing, and only needs
the right to read the file.

With -kind it lists what the image contains of a kind. There are also lists that are
no kind: answer_file (the answer files of Windows Setup, and which pass Setup takes
from which), first_boot (what is queued for the first boot) and servicing (its
state). With -json it prints all lists.`

type inspectOptions struct {
	ref   image.Ref
	json  bool
	kinds []string // what to list; nil: everything, but only numbers on the screen
}

func newInspect(a *app) *cobra.Command {
	var o inspectOptions
	cmd := &cobra.Command{
		Use:   "inspect [flags] IMAGE[:NUMBER]",
		Short: "Show what is in an image",
		Long:  inspectHelp,
		Args:  exactlyOne("an image: a WIM file, or a folder that holds a mounted or applied image"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.ref, err = parseRef(args[0]); err != nil {
				return err
			}
			return runInspect(cmd.Context(), o, a)
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object")
	cmd.Flags().StringArrayVar(&o.kinds, "kind", nil, "list only what the image contains of `KIND`; repeatable")
	return cmd
}

func runInspect(ctx context.Context, o inspectOptions, a *app) error {
	inventories, err := chosen(inventory.All(operation.Kinds()), o.kinds)
	if err != nil {
		return err
	}
	file, err := inspectFile(o.ref.Path)
	if err != nil {
		return err
	}
	report := view.Inspection{FormatVersion: "1.0", Path: o.ref.Path, File: file}
	if file != nil && o.ref.Index == 0 && len(file.Images) != 1 {
		if o.kinds != nil {
			return fmt.Errorf("%s holds %d images; -kind needs the number of one, as in %s:1", o.ref.Path, len(file.Images), o.ref.Path)
		}
		if o.json {
			return view.Document(a.streams, report)
		}
		report.PrintImages(a.screen())
		return nil
	}
	if err := inspectImage(ctx, o, inventories, a, &report); err != nil {
		return err
	}
	if o.kinds != nil && !o.json {
		report.PrintHoldings(a.screen())
		return nil
	}
	return a.print(report, o.json)
}

// inspectFile reads the description of a WIM file; nil for a folder.
func inspectFile(path string) (*view.File, error) {
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return nil, err
	}
	f, err := wim.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := f.Header()
	file := &view.File{
		Size: f.Size(), Compression: h.Compression.String(), ChunkSize: h.ChunkSize, GUID: h.GUID.String(),
		BootIndex: h.BootIndex, Images: []view.Listed{},
	}
	for _, i := range f.Images() {
		l := view.Listed{
			Index: i.Index, Name: i.Name, Description: i.Description,
			Dirs: i.DirCount, Files: i.FileCount, Bytes: i.TotalBytes, Modified: i.Modified,
		}
		file.Images = append(file.Images, l)
	}
	return file, nil
}

// inspectImage opens an image and reads its description and what it holds.
func inspectImage(ctx context.Context, o inspectOptions, inventories []inventory.Inventory, a *app, report *view.Inspection) (err error) {
	s, err := a.OpenImage(ctx, o.ref)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	info, err := s.Info(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", refText(o.ref), err)
	}
	report.Image = view.NewImage(info)
	for _, in := range inventories {
		items, notes, err := in.List(ctx, s)
		switch {
		case err == nil:
		case o.kinds != nil || ctx.Err() != nil:
			return fmt.Errorf("%s: list of %s: %w", refText(o.ref), in.Name, err)
		default: // the rest is still of use
			report.Image.Warnings = append(report.Image.Warnings, fmt.Sprintf("list of %s: %v", in.Name, err))
			continue
		}
		report.Add(view.Holding{Name: in.Name, Singleton: in.Singleton, Columns: in.Columns, Items: items}, notes)
	}
	report.Done()
	return nil
}

// chosen returns the inventories of the given names, in the order of the list;
// all if there are none.
func chosen(list []inventory.Inventory, names []string) ([]inventory.Inventory, error) {
	if names == nil {
		return list, nil
	}
	known := make([]string, len(list))
	for i, in := range list {
		known[i] = in.Name
	}
	slices.Sort(known)
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, operation.Explain(fmt.Sprintf("Nothing of the kind %q can be listed", name), "There are: %s.%s", strings.Join(known, ", "), similar.Hint(name, known))
		}
	}
	return slices.DeleteFunc(list, func(in inventory.Inventory) bool { return !slices.Contains(names, in.Name) }), nil
}
