package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/pflag"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/operation/conformance"
)

type selfTestOptions struct {
	wanted             bool
	dir, report, image string
}

// Flags that go with -self-test.
const (
	flagDir    = "dir"
	flagReport = "report"
	flagImage  = "image"
)

func (o *selfTestOptions) register(flags *pflag.FlagSet) {
	flags.BoolVar(&o.wanted, "self-test", false, "try what gild and DISM do on this machine")
	flags.StringVar(&o.dir, flagDir, "", "with -self-test, work in the folder `DIR`, on Windows on a local volume with NTFS; GILD_DATA_DIR or the folder for temporary files if not given")
	flags.StringVar(&o.report, flagReport, "gild-self-test.md", "with -self-test, write the report to `FILE`")
	flags.StringVar(&o.image, flagImage, "", "with -self-test, service a copy of the first image of the WIM file `FILE`; that of Windows RE or of the ADK's Windows PE if not given")
}

// only refuses flags that would have no effect.
func (o *selfTestOptions) only(flags *pflag.FlagSet) error {
	for _, name := range []string{flagDir, flagReport, flagImage} {
		if flags.Changed(name) {
			return operation.Explain("Not without -self-test", "-%s says how the self-test is made, which -self-test asks for.", name)
		}
	}
	return nil
}

func runSelfTest(ctx context.Context, o doctorOptions, a *app) error {
	report := o.selfTest.report
	if err := replaceable(report); err != nil {
		return err
	}
	opts := conformance.Options{Image: operation.Absolute(o.selfTest.image), Version: gildVersion(), Log: a.Log, AtOnce: a.AtOnce}
	var err error
	if opts.Dir, err = a.selfTestDir(o.selfTest.dir); err != nil {
		return err
	}
	switch exe, err := dism.Find(a.Getenv("GILD_DISM")); {
	case errors.Is(err, dism.ErrNoDISM):
		opts.NoDISM = err.Error()
	case err != nil:
		return err
	default:
		opts.Program = exe
	}
	if !o.json {
		opts.Tell = func(r conformance.Result) { view.PrintResult(a.screen(), r) }
	}
	r, err := conformance.Run(ctx, opts)
	if err != nil {
		return err
	}
	out, err := durable.Create(report)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	defer out.Discard()
	if err := errors.Join(r.Write(out), out.Commit()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if o.json {
		err = view.Document(a.streams, r)
	} else {
		view.PrintSelfTest(a.screen(), r, report)
	}
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case !r.OK():
		return result(exitError)
	}
	return nil
}

// replaceable refuses to replace a file that is no report.
func replaceable(name string) error {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !conformance.IsReport(text) {
		return operation.Explain("There is something else", "%s is there and is no report of a self-test; name another file with -report.", name)
	}
	return err
}

// selfTestDir is the folder in which the self-test makes its own.
func (a *app) selfTestDir(named string) (string, error) {
	if named != "" {
		info, err := os.Stat(named)
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%s is no folder", named)
		}
		if err != nil {
			return "", fmt.Errorf("-dir: %w", err)
		}
		return named, nil
	}
	dir := a.Getenv("GILD_DATA_DIR")
	if dir == "" {
		return os.TempDir(), nil
	}
	return dir, durable.MkdirAll(dir)
}
