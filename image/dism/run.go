package dism

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image/dism/fault"
	"github.com/gildhq/gild/internal/durable"
)

// runner runs commands of DISM, each with the folders and the log it is to use.
type runner struct {
	program Program
	dir     string // for logs and scratch
	log     hclog.Logger
	calls   int
	pause   time.Duration // before the first time a command is tried again
}

// attempts is how often a command is tried that something else was in the way of.
const attempts = 5

func newRunner(p Program, dir string, log hclog.Logger) (*runner, error) {
	r := &runner{program: p, dir: dir, log: log.Named("dism"), pause: time.Second}
	for _, d := range []string{r.logs(), r.scratch()} {
		if err := durable.MkdirAll(d); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *runner) logs() string    { return filepath.Join(r.dir, "logs") }
func (r *runner) scratch() string { return filepath.Join(r.dir, "scratch") }

// run runs a command. One that failed because something else was at work is tried
// again a few times, each after a longer pause.
func (r *runner) run(ctx context.Context, args ...string) (*transcript.Transcript, error) {
	pause := r.pause
	for n := 1; ; n++ {
		t, err := r.once(ctx, args)
		var failed *Error
		if n == attempts || !errors.As(err, &failed) || failed.Class != fault.Retry {
			return t, err
		}
		r.log.Warn("is tried again", "command", strings.Join(args, " "), "error", failed.Fault, "in", pause)
		select {
		case <-ctx.Done():
			return t, errors.Join(err, ctx.Err())
		case <-time.After(pause):
		}
		pause *= 2
	}
}

// once runs a command once.
func (r *runner) once(ctx context.Context, args []string) (*transcript.Transcript, error) {
	r.calls++
	log := filepath.Join(r.logs(), fmt.Sprintf("dism-%03d.log", r.calls))
	_ = os.Remove(log) // of an earlier run; DISM appends to one that is there
	parser := transcript.NewParser(func(p transcript.Progress) { r.log.Debug("progress", "doing", p.Text, "percent", p.Percent) })
	all := slices.Concat([]string{"/English", "/NoRestart", "/LogPath:" + log, "/LogLevel:3", "/ScratchDir:" + r.scratch()}, args)
	began := time.Now()
	exit, err := r.program.Run(ctx, all, parser)
	if err != nil {
		return nil, err
	}
	t := parser.End()
	r.log.Info("ran", "command", strings.Join(args, " "), "exit", exit, "elapsed", time.Since(began))
	if exit == 0 || exit == fault.RebootRequired {
		return t, nil
	}
	return t, &Error{Fault: fault.Of(exit), Args: args, Output: t, Log: log, Excerpt: excerpt(log)}
}

// excerpt returns the last lines of a log that tell of errors.
func excerpt(log string) []string {
	f, err := os.Open(log)
	if err != nil {
		return nil
	}
	defer f.Close()
	var lines []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.Contains(s.Text(), ", Error ") {
			lines = append(lines, strings.TrimSpace(s.Text()))
		}
	}
	return lines[max(0, len(lines)-10):]
}
