package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const inspectHelp = `Inspect shows what is in an image: a WIM file, one of the images in it (named by
its number, as in install.wim:2), or the folder of a mounted or applied image.
Of a file with several images it lists them. Nothing is changed, and no
rights are needed but those to read the file. With -json it lists the contents
of every kind that can be listed.`

type inspectOptions struct {
	ref  image.Ref
	json bool
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
	return cmd
}

func runInspect(ctx context.Context, o inspectOptions, a *app) error {
	file, err := inspectFile(o.ref.Path)
	if err != nil {
		return err
	}
	report := view.Inspection{FormatVersion: "1.0", Path: o.ref.Path, File: file}
	if file != nil && o.ref.Index == 0 && len(file.Images) != 1 {
		if o.json {
			return view.Document(a.streams.Out, report)
		}
		a.screen().Images(report)
		return nil
	}
	if err := inspectImage(ctx, o.ref, a, &report); err != nil {
		return err
	}
	if o.json {
		return view.Document(a.streams.Out, report)
	}
	a.screen().Inspection(report)
	return nil
}

// inspectFile reads what a WIM file says of itself; nil for a folder.
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

// inspectImage opens an image and reads what it says of itself and what it holds.
func inspectImage(ctx context.Context, ref image.Ref, a *app, report *view.Inspection) (err error) {
	s, err := openImage(ctx, ref, a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	info, err := s.Info(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", refText(ref), err)
	}
	report.Image = view.NewImage(info)
	for _, p := range kinds() {
		if p.List == nil {
			continue
		}
		values, err := p.List(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: list of %s: %w", refText(ref), p.Kind, err)
		}
		report.Add(p.Kind, withoutSecrets(p, values))
	}
	return nil
}

// openImage opens an image for reading, with the first backend that can.
func openImage(ctx context.Context, ref image.Ref, a *app) (image.Session, error) {
	var errs []error
	for _, b := range backends() {
		s, err := b.Open(ctx, ref, image.OpenOptions{Log: a.log})
		if err == nil {
			return s, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// withoutSecrets makes the sensitive attributes of values null.
func withoutSecrets(p *providers.Provider, values []cty.Value) []cty.Value {
	out := make([]cty.Value, len(values))
	for i, v := range values {
		attrs := v.AsValueMap()
		for _, a := range p.Schema {
			if a.Sensitive {
				attrs[a.Name] = cty.NullVal(a.ValueType())
			}
		}
		out[i] = cty.ObjectVal(attrs)
	}
	return out
}
