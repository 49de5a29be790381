package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image/dism"
)

// program runs DISM, records its commands and limits their time. It can end DISM in the
// middle of a command, and refuse to run anything, as if gild had been killed.
type program struct {
	dism.Program
	atOnce context.Context

	mu   sync.Mutex
	ran  []command
	kill string // the command to end in the middle, once; empty: none
	gone bool
}

// command is a run of DISM or sfc.
type command struct {
	args    []string
	exit    uint32
	err     error
	elapsed time.Duration
}

var (
	errKilled = errors.New("ended in the middle, for the check")
	errGone   = errors.New("gild counts as killed, for the check")
)

// Run implements [dism.Program]. After the end of the context no command starts; a running one
// completes.
func (p *program) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	return p.bounded(ctx, args, func(ctx context.Context) (uint32, error) {
		if p.isToDie(args) {
			return p.cut(ctx, args, out)
		}
		return p.Program.Run(ctx, args, out)
	})
}

// SFC implements [dism.SystemFileChecker].
func (p *program) SFC(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	checker, ok := p.Program.(dism.SystemFileChecker)
	if !ok {
		return 0, dism.ErrNoSFC
	}
	return p.bounded(ctx, append([]string{"sfc"}, args...), func(ctx context.Context) (uint32, error) { return checker.SFC(ctx, args, out) })
}

// arm ends the next run of a command in the middle, if is is true.
func (p *program) arm(is bool, command string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if is {
		p.kill = command
	}
}

// vanish refuses all further commands, as if gild had been killed.
func (p *program) vanish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
}

// disarm allows all commands again, and reports whether the armed command did not run.
func (p *program) disarm() (left bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left = p.kill != ""
	p.kill, p.gone = "", false
	return left
}

func (p *program) isGone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gone
}

// LoadedHives implements [dism.HiveHolder]. It returns none if the program is no HiveHolder.
func (p *program) LoadedHives() (map[string]string, error) {
	if h, ok := p.Program.(dism.HiveHolder); ok && !p.isGone() {
		return h.LoadedHives()
	}
	return nil, nil
}

// UnloadHive implements [dism.HiveHolder].
func (p *program) UnloadHive(key string) error {
	if h, ok := p.Program.(dism.HiveHolder); ok && !p.isGone() {
		return h.UnloadHive(key)
	}
	return errGone
}

// DevicePath implements [dism.HiveHolder].
func (p *program) DevicePath(dir string) (string, error) {
	if h, ok := p.Program.(dism.HiveHolder); ok {
		return h.DevicePath(dir)
	}
	return dir, nil
}

// unload unloads the hives whose files are in a folder, left loaded by a DISM or a run of the
// checks that was ended.
func (p *program) unload(dir string) error {
	root, err := p.DevicePath(dir)
	if err != nil {
		return err
	}
	loaded, err := p.LoadedHives()
	for key, file := range loaded {
		if rest, ok := strings.CutPrefix(strings.ToLower(filepath.ToSlash(file)), strings.ToLower(filepath.ToSlash(root))); ok && strings.HasPrefix(rest, "/") {
			err = errors.Join(err, p.UnloadHive(key))
		}
	}
	return err
}

func (p *program) bounded(ctx context.Context, args []string, do func(context.Context) (uint32, error)) (uint32, error) {
	if p.isGone() {
		return 0, errGone
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	limited, cancel := context.WithTimeoutCause(p.atOnce, commandLimit, fmt.Errorf("it took longer than %v", commandLimit))
	defer cancel()
	began := time.Now()
	exit, err := do(limited)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ran = append(p.ran, command{args, exit, err, time.Since(began)})
	return exit, err
}

func (p *program) isToDie(args []string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	dies := p.kill != "" && nameOf(args) == p.kill
	if dies {
		p.kill = ""
	}
	return dies
}

// cut ends a command as soon as its output shows that it is at work, or after a moment if it
// prints nothing.
func (p *program) cut(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	const moment = 5 * time.Second
	defer time.AfterFunc(moment, func() { end(errKilled) }).Stop()
	exit, err := p.Program.Run(ctx, args, &atWork{Writer: out, then: func() { end(errKilled) }})
	if context.Cause(ctx) == errKilled && err == nil && exit != 0 {
		err = errKilled // an emulated DISM in this process ends by itself
	}
	return exit, err
}

// atWork is a writer that calls then when the output of DISM shows that it is at work.
type atWork struct {
	io.Writer
	head bytes.Buffer
	then func()
}

func (w *atWork) Write(part []byte) (int, error) {
	n, err := w.Writer.Write(part)
	if w.head.Len() < 1<<12 {
		w.head.Write(part)
		if text := w.head.String(); strings.Contains(text, "ing image") || strings.Contains(text, "[=") || strings.Contains(text, "driver package(s)") {
			w.then()
		}
	}
	return n, err
}

// nameOf returns the name of the command in the arguments of DISM.
func nameOf(args []string) string {
	for _, a := range args {
		name, _, _ := strings.Cut(strings.TrimPrefix(a, "/"), ":")
		if strings.Contains(name, "-") {
			return name
		}
	}
	return ""
}

// ask runs a command outside a session.
func (p *program) ask(ctx context.Context, args ...string) (*transcript.Transcript, error) {
	parser := transcript.NewParser(nil)
	exit, err := p.Run(ctx, append([]string{"/English"}, args...), parser)
	if err != nil {
		return nil, err
	}
	t := parser.End()
	if exit != 0 {
		why := ""
		if t.Failure != nil { // other systems than Windows return only the lowest byte of the exit code
			exit, why = t.Failure.Code, ": "+strings.Join(t.Failure.Message, " ")
		}
		return t, fmt.Errorf("dism %s ended with %#x%s", strings.Join(args, " "), exit, why)
	}
	return t, nil
}

// mount is an image that DISM lists as mounted.
type mount struct{ dir, status string }

// mounts returns the mounted images of this machine.
func (p *program) mounts(ctx context.Context) ([]mount, error) {
	t, err := p.ask(ctx, "/Get-MountedImageInfo")
	if err != nil {
		return nil, err
	}
	return mountsIn(t), nil
}

func mountsIn(t *transcript.Transcript) []mount {
	list := []mount{}
	for _, r := range t.With("Mount Dir") {
		list = append(list, mount{r.Get("Mount Dir"), r.Get("Status")})
	}
	return list
}

// below returns the mounts in a folder.
func below(dir string, list []mount) []mount {
	var in []mount
	for _, m := range list {
		path := strings.TrimPrefix(m.dir, `\\?\`)
		if spelled, err := real(path); err == nil {
			path = spelled
		}
		if rel, err := filepath.Rel(fold(dir), fold(path)); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			in = append(in, m)
		}
	}
	return in
}

// fold makes paths comparable: on Windows case does not matter.
func fold(path string) string {
	if filepath.Separator == '\\' {
		return strings.ToLower(path)
	}
	return path
}

// commands returns the commands that ran, for a report.
func (p *program) commands(clean *cleaner) []Command {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []Command
	for _, c := range p.ran {
		one := Command{Line: clean.text(strings.Join(c.args, " ")), Exit: fmt.Sprintf("%#x", c.exit), Seconds: c.elapsed.Seconds()}
		if c.err != nil {
			one.Exit = clean.text(c.err.Error())
		}
		list = append(list, one)
	}
	return list
}
