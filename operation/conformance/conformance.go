// Package conformance checks on a machine what gild assumes about Windows and DISM: that
// DISM mounts images that gild writes, that all changes in a mounted image get into the
// WIM file, that gild recovers after DISM was ended in the middle of a command, that DISM
// lists what gild reads, and that Windows loads the hives that gild writes.
//
// A test of this package with the tag windows_dism and gild doctor -self-test run the same
// checks. If a machine lacks what a check needs, the check is skipped and the report says
// why. A run without DISM proves nothing about DISM and is not a success. With the emulated
// DISM the checks run on any system: that proves the checks and gild's side of them, but
// nothing about Windows.
//
// A run works in a folder of its own and removes it at the end. It does not touch images
// that are mounted elsewhere.
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

// folderPrefix is the beginning of the name of a run's folder.
const folderPrefix = "gild-self-test-"

// Time limits of a command of DISM, which is ended when it takes longer, and of a run,
// which skips the remaining checks.
const (
	commandLimit = 20 * time.Minute
	runLimit     = 90 * time.Minute
)

// Options say what is checked.
type Options struct {
	Dir     string       // an existing folder, in which the run makes its own
	Program dism.Program // runs DISM; nil: checks that need DISM are skipped
	NoDISM  string       // why Program is nil
	// Emulated: Program is the emulated DISM. On other systems than Windows it always is.
	Emulated bool
	// EmulationKeeps: the folders of the emulated DISM keep what NTFS keeps, as in some tests.
	EmulationKeeps bool
	// Image is a WIM file whose first image DISM can service. It is only read. Empty: Windows
	// RE of this machine, or Windows PE of the ADK.
	Image   string
	Version string // of gild
	Log     hclog.Logger
	// Tell gets each result as soon as it is there. It may be nil.
	Tell func(Result)
	// The end of AtOnce ends a running DISM at once. The end of the context of [Run] lets
	// DISM complete its command. Nil: nothing ends DISM at once.
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

type check struct {
	name   string
	proves string
	dism   bool     // runs DISM, so it proves something about DISM
	after  []string // checks that must pass first
	run    func(*bench, context.Context) error
}

// checks returns all checks in their order.
func checks() []check {
	return slices.Concat([]check{privileges}, ownChecks(), cutChecks(), servicedChecks(), hiveChecks())
}

// skipped is the error of a check that was skipped.
type skipped struct{ why string }

func (s skipped) Error() string { return s.why }

func skip(format string, args ...any) error { return skipped{fmt.Sprintf(format, args...)} }

// bench is what all checks of a run share.
type bench struct {
	Options
	dir     string
	machine Machine
	dism    *program // nil if Program is nil
	missing string   // the privileges that could not be enabled
	notes   []string // of the current check
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

// note adds a line to the result of the current check.
func (b *bench) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// Run runs the checks. The report has their results; an error means that they could not
// run at all. When the context ends, Run skips the remaining checks and cleans up.
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
			return nil, fmt.Errorf("can't remove what an earlier run left in %s: %w", o.Dir, err)
		}
	} else if o.Program != nil {
		o.NoDISM = "gild does not run as administrator, which DISM requires (error 740)"
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

// make runs a check. If the check panics it has failed; later checks and the cleanup still
// run.
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

// possible returns why a check must be skipped.
func (b *bench) possible(ctx context.Context, c check) error {
	switch {
	case c.name == cleanupName:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return skip("the earlier checks took longer than %v", runLimit)
	case ctx.Err() != nil:
		return skip("interrupted")
	case c.dism && b.dism == nil:
		return skip("%s", b.NoDISM)
	}
	for _, name := range c.after {
		if !b.passed[name] {
			return skip("the check %s must pass first", name)
		}
	}
	return nil
}

// real returns the path of a folder without links and short names, as DISM lists mounts in
// it.
func real(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}
