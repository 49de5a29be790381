// Package conformance proves on a machine what gild takes for granted of Windows and
// DISM: that images which gild writes can be mounted, that what is changed in a mounted
// image gets into it whole, that a DISM that is ended in the middle can be recovered
// from, that DISM lists what gild reads, and that Windows loads the hives gild writes.
//
// The checks are the same for a test of this package with the tag windows_dism and for
// gild doctor -self-test. Where a machine lacks what a check takes, the check is skipped
// and the report says why; a run in which DISM was asked nothing proves nothing of it and
// is no success. With the emulated DISM the same checks run on any system: that proves
// the checks and gild's side of them, and nothing of Windows.
//
// Everything is made in a folder of its own and removed at the end. Images that are
// mounted elsewhere are left alone, and so are mounts below that folder that this run, or
// one before it that was cut off, did not make.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/ground/tempdir"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
)

// folderPrefix begins the name of the folder of a run.
const folderPrefix = "gild-self-test-"

// Limits of time. A command of DISM that takes longer is ended; with the last one, what
// has not been checked is skipped.
const (
	commandLimit = 20 * time.Minute
	runLimit     = 90 * time.Minute
)

// Options say what is checked.
type Options struct {
	Dir     string       // folder in which that of this run is made; it is there
	Program dism.Program // what runs DISM; nil: what takes it is skipped
	NoDISM  string       // why there is no Program
	// Emulated: Program is known to be the emulation. That it is one where this is no
	// Windows need not be said.
	Emulated bool
	// EmulationKeeps: the folders of the emulation keep what NTFS does, as those of tests may.
	EmulationKeeps bool
	// Image is a WIM file that DISM can service; its first image is used, and it is only
	// read. Empty: that of Windows RE on this machine, or of Windows PE in the ADK.
	Image   string
	Version string // of gild
	Log     hclog.Logger
	// Tell is called with each result at once. It may be nil.
	Tell func(Result)
	// AtOnce, when it ends, ends the DISM that is at work; the end of the context of [Run]
	// lets it bring its command to an end. Nil: nothing does.
	AtOnce context.Context
}

// Outcome of a check.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// check is one of the checks.
type check struct {
	name   string
	proves string
	dism   bool     // DISM is asked, so that it proves something of it
	after  []string // checks that have to pass first
	run    func(*bench, context.Context) error
}

// checks are all of them, in the order in which they are made.
func checks() []check {
	return slices.Concat([]check{privileges}, ownChecks(), cutChecks(), servicedChecks(), hiveChecks())
}

// skipped is why a check was not made.
type skipped struct{ why string }

func (s skipped) Error() string { return s.why }

func skip(format string, args ...any) error { return skipped{fmt.Sprintf(format, args...)} }

// bench is what checks work with and leave to those after them.
type bench struct {
	Options
	dir     string
	machine Machine
	dism    *program // nil with Program
	missing string   // which privileges could not be enabled
	notes   []string // of the check that is made
	passed  map[string]bool

	own      own
	serviced serviced
	hives    hives
	open     []image.Session
}

func newBench(o Options, dir string) *bench {
	b := &bench{Options: o, dir: dir, passed: map[string]bool{}, hives: hives{dir: filepath.Join(dir, "hives")}}
	b.own.bench, b.serviced.bench = b, b
	return b
}

// note adds something to the result of the check that is made.
func (b *bench) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// Run makes the checks. The error is about making them at all; what they find is in the
// report. When the context ends, the rest is skipped, and everything is removed.
func Run(ctx context.Context, o Options) (*Report, error) { return run(ctx, o, checks()) }

func run(ctx context.Context, o Options, checks []check) (r *Report, err error) {
	if o.Log == nil {
		o.Log = hclog.NewNullLogger()
	}
	if o.AtOnce == nil {
		o.AtOnce = context.WithoutCancel(ctx)
	}
	if o.Dir, err = real(o.Dir); err != nil {
		return nil, err
	}
	began := time.Now()
	machine := thisMachine(o.Dir)
	machine.Emulated = machine.Emulated || o.Emulated
	var watched *program
	if o.Program != nil && machine.mayService() {
		watched = &program{Program: o.Program, atOnce: o.AtOnce}
		if err := tempdir.SweepIn(o.Dir, folderPrefix, watched.release); err != nil {
			return nil, fmt.Errorf("what an earlier run has left in %s can't be removed: %w", o.Dir, err)
		}
	} else if o.Program != nil {
		o.NoDISM = "gild was not started as an administrator, and DISM takes that (error 740)"
	}
	temp, err := tempdir.NewIn(o.Dir, folderPrefix)
	if err != nil {
		return nil, err
	}
	b := newBench(o, temp.Path())
	b.machine, b.dism = machine, watched
	privilege.Enable(func(text string) { b.missing = text })
	b.askDISM(ctx)
	r = &Report{FormatVersion: "1.0", Gild: o.Version, Began: began.UTC().Truncate(time.Second), Machine: b.machine}
	clean := newCleaner(b)
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()
	for _, c := range append(checks, cleanup(temp)) {
		res := b.make(ctx, c)
		clean.result(&res)
		r.add(res, c.dism)
		if o.Tell != nil {
			o.Tell(res)
		}
	}
	r.Seconds = time.Since(began).Seconds()
	if b.dism != nil {
		r.Commands = b.dism.commands(clean)
	}
	return r, nil
}

// make makes a check. A check that panics has failed: what comes after it, and the
// removal, is not lost.
func (b *bench) make(ctx context.Context, c check) (res Result) {
	began := time.Now()
	b.notes = nil
	res = Result{Name: c.name, Proves: c.proves}
	err := b.possible(ctx, c)
	if err == nil {
		err = guarded(func() error { return c.run(b, ctx) })
	}
	var none skipped
	switch {
	case err == nil:
		res.Outcome = Passed
	case errors.As(err, &none):
		res.Outcome, res.Detail = Skipped, none.why
	case ctx.Err() != nil && c.name != cleanupName:
		res.Outcome, res.Detail = Skipped, "interrupted: "+context.Cause(ctx).Error()
	default:
		res.Outcome, res.Detail = Failed, err.Error()
	}
	b.passed[c.name] = res.Outcome == Passed
	res.Notes, res.Seconds = b.notes, time.Since(began).Seconds()
	return res
}

func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the check itself is broken: %v", p)
		}
	}()
	return do()
}

// possible tells why a check can't be made.
func (b *bench) possible(ctx context.Context, c check) error {
	switch {
	case c.name == cleanupName:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return skip("the checks before it took longer than %v", runLimit)
	case ctx.Err() != nil:
		return skip("interrupted")
	case c.dism && b.dism == nil:
		return skip("%s", b.NoDISM)
	}
	for _, name := range c.after {
		if !b.passed[name] {
			return skip("the check %s has to pass first", name)
		}
	}
	return nil
}

// real is the path of a folder as the system spells it: without links and short names, as
// DISM lists what is mounted in it.
func real(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}
