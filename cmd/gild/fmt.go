package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/spf13/cobra"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/operation"
)

const fmtHelp = `Fmt rewrites configuration files (*.gild.hcl, *.gildtest.hcl and *.gildvars.hcl) in
the canonical form: indentation, alignment, and line feeds as line ends. It prints the
names of the files it has changed. For a folder, it formats the files in it; without
arguments, those in the current folder; for -, it formats the standard input to
the standard output. It does not change files with syntax errors, or JSON files.`

type fmtOptions struct {
	check, diff, recursive, write, list bool
	paths                               []string
}

func newFmt(a *app) *cobra.Command {
	var o fmtOptions
	cmd := &cobra.Command{
		Use:   "fmt [flags] [FILE|DIR|-]...",
		Short: "Rewrite configuration files in the canonical form",
		Long:  fmtHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			return runFmt(cmd.Context(), o, a)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.check, "check", false, "change nothing; exit with 3 if a file is not formatted")
	f.BoolVar(&o.diff, "diff", false, "print the changes")
	f.BoolVar(&o.recursive, "recursive", false, "also format files in subfolders")
	f.BoolVar(&o.write, "write", true, "leave the files as they are")
	f.BoolVar(&o.list, "list", true, "do not print the names of the files")
	return cmd
}

func runFmt(ctx context.Context, o fmtOptions, a *app) error {
	if o.check {
		o.write = false
	}
	f := formatter{fmtOptions: o, app: a, files: map[string]*hcl.File{}}
	paths := o.paths
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, path := range paths {
		if err := f.path(ctx, path); err != nil {
			return err
		}
	}
	if err := operation.Check(f.diags, f.files); err != nil {
		return err
	}
	if o.check && f.changed {
		return result(exitUnformatted)
	}
	return nil
}

// formatter formats files and collects their errors.
type formatter struct {
	fmtOptions
	app     *app
	diags   hcl.Diagnostics
	files   map[string]*hcl.File
	changed bool
}

func (f *formatter) path(ctx context.Context, path string) error {
	if path == "-" {
		return f.stdin(ctx)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		if !formattable(path) {
			return fmt.Errorf("%s: fmt formats *.gild.hcl, *.gildtest.hcl and *.gildvars.hcl files", path)
		}
		return f.file(path)
	}
	return filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case entry.IsDir():
			if name != path && (!f.recursive || strings.HasPrefix(entry.Name(), ".")) {
				return fs.SkipDir
			}
			return nil
		case formattable(name) && regular.Entry(name, entry).Type().IsRegular():
			return f.file(name)
		}
		return nil
	})
}

func formattable(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".gild.hcl") || strings.HasSuffix(name, ".gildtest.hcl") || strings.HasSuffix(name, ".gildvars.hcl")
}

func (f *formatter) stdin(ctx context.Context) error {
	var src []byte
	var read error
	err := operation.Await(ctx, func() { src, read = io.ReadAll(io.LimitReader(f.app.streams.In, maxFormat+1)) })
	switch {
	case err != nil:
		return err
	case read != nil:
		return fmt.Errorf("standard input: %w", read)
	case len(src) > maxFormat:
		return fmt.Errorf("standard input: %w: it may have %d bytes", regular.ErrTooLarge, maxFormat)
	}
	out := f.format("<stdin>", src)
	f.changed = f.changed || !bytes.Equal(src, out)
	if out == nil || f.check {
		return nil
	}
	if f.diff {
		return f.app.screen().Diff("<stdin>", src, out)
	}
	return f.app.screen().Raw(out)
}

// maxFormat is the size of a file that is formatted; a configuration may have 1 MiB.
const maxFormat = 4 << 20

func (f *formatter) file(name string) error {
	src, err := regular.Read(name, maxFormat)
	if err != nil {
		return err
	}
	out := f.format(name, src)
	if out == nil || bytes.Equal(src, out) {
		return nil
	}
	f.changed = true
	if f.list {
		f.app.screen().Line(name)
	}
	if f.diff {
		if err := f.app.screen().Diff(name, src, out); err != nil {
			return err
		}
	}
	if !f.write {
		return nil
	}
	return replaceFile(name, out)
}

// format returns the canonical form of a file, or nil after syntax errors.
func (f *formatter) format(name string, src []byte) []byte {
	text := bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	file, diags := hclsyntax.ParseConfig(text, name, hcl.InitialPos)
	if diags.HasErrors() {
		f.diags = append(f.diags, diags...)
		f.files[name] = file
		return nil
	}
	return hclwrite.Format(text)
}

// replaceFile replaces the content of a file, so that it is at every moment the old
// one or the new one, with the old one's permissions. For a link it replaces the
// link's target.
func replaceFile(name string, content []byte) error {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	switch {
	case err != nil:
		return err
	case info.Mode().Perm()&0o200 == 0:
		return fmt.Errorf("%s is read-only", name)
	}
	f, err := durable.Create(target)
	if err != nil {
		return err
	}
	defer f.Discard()
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(info.Mode().Perm())); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return f.Commit()
}
