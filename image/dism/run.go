package dism

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism/fault"
)

// runner runs commands of DISM, each with its folders and log.
type runner struct {
	program  Program
	scratch  string // folder for DISM's temporary files, of this session alone
	logDir   string // for DISM's logs, one file for each call
	shared   bool   // other sessions use the folder for logs, too
	level    int    // of DISM's log
	log      hclog.Logger
	withhold func(string) string
	progress func(done float64)
	calls    int
	retry    image.Retry   // after transient errors of a command
	silence  time.Duration // after which a silent command is ended; 0: never
}

// runner returns a runner with its folders in dir, except the folder for logs if the
// options name one.
func (b Backend) runner(dir string, opts image.OpenOptions) (*runner, error) {
	r := &runner{
		program: b.Program, scratch: filepath.Join(dir, "scratch"), logDir: cmp.Or(opts.LogDir, filepath.Join(dir, "logs")), shared: opts.LogDir != "", level: logLevel(opts.LogLevel),
		log: opts.Log.Named("dism"), withhold: opts.Withhold, progress: opts.Progress, retry: opts.Retry, silence: opts.Silence,
	}
	r.retry.Backoff = cmp.Or(b.Pause, opts.Retry.Backoff)
	if opts.Scratch != "" {
		r.scratch = filepath.Join(opts.Scratch, filepath.Base(dir))
	}
	for _, d := range []string{r.logs(), r.scratch} {
		if err := durable.MkdirAll(d); err != nil {
			return nil, err
		}
	}
	return r, r.removeSecret()
}

func (r *runner) logs() string { return r.logDir }

// run runs a command. After a transient error it is retried as often as the image's
// author wants.
func (r *runner) run(ctx context.Context, args ...string) (*transcript.Transcript, error) {
	for n := 1; ; n++ {
		t, err := r.once(ctx, args)
		failed, ok := errors.AsType[*Error](err)
		if !ok || failed.Class != fault.Retry {
			return t, err
		}
		r.log.Warn("another program was in the way", "command", strings.Join(args, " "), "error", failed.Fault, "attempt", n)
		if !r.retry.Again(ctx, n, errors.New(r.shown("dism "+failed.command()+": "+failed.Fault.String()))) {
			return t, errors.Join(err, ctx.Err())
		}
	}
}

// shown returns a text without sensitive values.
func (r *runner) shown(text string) string {
	if r.withhold == nil {
		return text
	}
	return r.withhold(text)
}

// once runs a command once.
func (r *runner) once(ctx context.Context, args []string) (*transcript.Transcript, error) {
	log, err := r.nextLog()
	if err != nil {
		return nil, err
	}
	parser := transcript.NewParser(r.tell)
	to := r.logTo(log, args)
	all := slices.Concat([]string{"/English", "/NoRestart", "/LogPath:" + to, fmt.Sprintf("/LogLevel:%d", r.level), "/ScratchDir:" + r.scratch}, args)
	began := time.Now()
	r.log.Trace("runs", "command", strings.Join(args, " "), "log", log)
	exit, err := r.watched(ctx, all, parser)
	r.publishLog(to, log)
	t := parser.End()
	if errors.Is(err, errSilent) {
		return t, &Error{Fault: fault.Silent(r.silence), Args: args, Output: t, Log: log, Excerpt: excerpt(log, time.Time{})}
	}
	if err != nil {
		return nil, err
	}
	exit = whole(exit, t)
	if exit == 0 && t.Tool == "" {
		return t, fmt.Errorf("the program that should be DISM ended without DISM's output: is it another program?")
	}
	r.log.Info("ran", "command", strings.Join(args, " "), "exit", exit, "elapsed", time.Since(began), "log", log)
	if exit == 0 || exit == fault.RebootRequired {
		return t, nil
	}
	lines := append(excerpt(log, time.Time{}), excerpt(cbsLog(), began)...)
	of := fault.Of
	if args[0] == "/Mount-Image" {
		of = fault.OfMount
	}
	failed := worst(of(exit), t)
	if t.Failure == nil && !failed.Known() {
		failed = fault.Died(exit)
	}
	return t, &Error{Fault: failed, Args: args, Output: t, Log: log, Excerpt: lines}
}

// worst returns DISM's final error, or one that it reported for a package if that error
// spoils the image: of several errors, DISM ends with only one.
func worst(failed fault.Fault, t *transcript.Transcript) fault.Fault {
	for _, it := range t.Items {
		if f := fault.Of(it.Code); failed.Class != fault.Discard && f.Class == fault.Discard {
			return f
		}
	}
	return failed
}

// errSilent: gild ended DISM because it was silent for too long.
var errSilent = errors.New("DISM was silent for too long")

// watched runs DISM, and ends it after too long a silence.
func (r *runner) watched(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	if r.silence == 0 {
		return r.program.Run(ctx, args, out)
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	timer := time.AfterFunc(r.silence, func() { end(errSilent) })
	defer timer.Stop()
	exit, err := r.program.Run(ctx, args, sign{out, func() { timer.Reset(r.silence) }})
	if context.Cause(ctx) == errSilent {
		return 0, errSilent
	}
	return exit, err
}

// sign is a writer that signals every write.
type sign struct {
	io.Writer
	of func()
}

func (s sign) Write(p []byte) (int, error) {
	s.of()
	return s.Writer.Write(p)
}

// cbsLog is the log of this Windows' servicing stack; empty on other systems.
func cbsLog() string {
	if runtime.GOOS != "windows" {
		return ""
	}
	return filepath.Join(os.Getenv("SystemRoot"), "Logs", "CBS", "CBS.log")
}

// excerpt returns the last lines of a log about errors since a time. Lines begin with
// the local time.
func excerpt(log string, since time.Time) []string {
	f, err := os.Open(log)
	if err != nil {
		return nil
	}
	defer f.Close()
	var lines []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if stamp, _, _ := strings.Cut(s.Text(), ","); strings.Contains(s.Text(), ", Error ") && stamp >= since.Format(time.DateTime) {
			lines = append(lines, strings.TrimSpace(s.Text()))
		}
	}
	return lines[max(0, len(lines)-10):]
}
