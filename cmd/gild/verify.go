package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/health"
)

const verifyHelp = `Verify checks whether an image is whole: a WIM file with all its images, one of
them (given by its number, as in install.wim:2), or the folder of a mounted or
applied image. It changes and repairs nothing.

It checks that
  * all registry hives can be read in full,
  * the manifests of installed packages and of the component store exist,
  * servicing is neither pending nor refused,
  * the driver store contains each driver package it has a record of,
  * all content matches the digests in the file. A folder has no digests.

With -dism, DISM also scans the component store, and sfc scans protected files.
They read a copy of the image, mounted read-only. They read a folder where it is,
and DISM records its findings there. This takes minutes, administrator rights, and
disk space for the copy. If something is wrong, gild keeps the logs and says where
they are.

The exit code is 4 if something is wrong with the image, also if it is a WIM file
that is too damaged to open. Resources of the kind "health" make the same checks in
a configuration.`

type verifyOptions struct {
	ref   image.Ref
	json  bool
	quick bool
	dism  bool
	check health.Options
}

func newVerify(a *app) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify [flags] IMAGE[:NUMBER]",
		Short: "Check whether an image is whole",
		Long:  verifyHelp,
		Args:  exactlyOne("an image: a WIM file, or a folder that holds a mounted or applied image"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.ref, err = parseRef(args[0]); err != nil {
				return err
			}
			return runVerify(cmd.Context(), o, a)
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON object")
	cmd.Flags().BoolVar(&o.quick, "quick", false, "do not read the content")
	cmd.Flags().BoolVar(&o.dism, "dism", false, "have DISM and sfc verify the image, too")
	cmd.Flags().BoolVar(&o.check.AllowPending, "allow-pending", false, "accept pending servicing")
	return cmd
}

func runVerify(ctx context.Context, o verifyOptions, a *app) error {
	examine, err := a.Examiner(o.dism)
	if err != nil {
		return err
	}
	report := view.Verification{FormatVersion: "1.0", Path: o.ref.Path, Whole: true}
	refs, err := imagesOf(o.ref)
	if errors.Is(err, wim.ErrCorrupt) {
		report.Add(o.ref.Index, unreadable(o.ref, err))
		refs, err = nil, nil
	} else if err != nil {
		return err
	}
	o.check.Verify.Known = map[[20]byte]bool{} // images of one file share content
	for _, ref := range refs {
		found, err := verifyImage(ctx, ref, o, a)
		if err == nil {
			err = examine(ctx, ref, &found)
		}
		if errors.Is(err, wim.ErrCorrupt) {
			found, err = unreadable(ref, err), nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", refText(ref), err)
		}
		report.Add(ref.Index, found)
	}
	err = a.print(report, o.json)
	if err == nil && !report.Whole {
		return result(exitDamaged)
	}
	return err
}

// unreadable is the result for an image that is too damaged to be opened.
func unreadable(ref image.Ref, err error) health.Report {
	r := health.Result{Area: health.Content, Things: "files"}
	r.Findings = []health.Finding{{
		Area: health.Content, Thing: refText(ref), Detail: "can't be opened: " + err.Error(), Remedy: "Fetch or make the file again.",
	}}
	return health.Report{Results: []health.Result{r}}
}

// imagesOf returns the images to verify: all of a file if none is named.
func imagesOf(ref image.Ref) ([]image.Ref, error) {
	file, err := inspectFile(ref.Path)
	if err != nil || file == nil || ref.Index > 0 {
		return []image.Ref{ref}, err
	}
	var refs []image.Ref
	for _, i := range file.Images {
		refs = append(refs, image.Ref{Path: ref.Path, Index: i.Index})
	}
	if refs == nil {
		return nil, fmt.Errorf("%s: holds no image", ref.Path)
	}
	return refs, nil
}

func verifyImage(ctx context.Context, ref image.Ref, o verifyOptions, a *app) (r health.Report, err error) {
	s, err := a.OpenImage(ctx, ref)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	_, canVerify := image.As[image.Verifier](s)
	o.check.Content = !o.quick && canVerify
	r, err = health.Check(ctx, s, o.check)
	if !o.quick && !canVerify {
		r.Notes = append(r.Notes, "a folder keeps no digests, so the content is not verified")
	}
	return r, err
}
