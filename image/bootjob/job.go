package bootjob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/ground/work"
	"github.com/gildhq/gild/image"
)

// idPrefix is the beginning of all IDs of jobs, and of no others.
const idPrefix = "online."

// IsJob reports whether an action of the queue is a job.
func IsJob(a image.Action) bool { return IsJobID(a.ID) }

// IsJobID reports whether an ID is reserved for jobs.
func IsJobID(id string) bool {
	return nt.HasPrefix(id, idPrefix)
}

var plain = regexp.MustCompile(`[^a-z0-9._-]+`)

// ID returns the ID of the job about a thing. Names that differ only in case mean the
// same thing. If the name can't be a part of an ID, a digest of the name is.
func ID(kind, name string) string {
	const room = 40
	folded := strings.ToLower(name)
	slug := plain.ReplaceAllString(folded, "-")
	if slug == folded && len(slug) <= room {
		return idPrefix + kind + "." + slug
	}
	sum := sha256.Sum256([]byte(nt.Fold(name)))
	return idPrefix + kind + "." + slug[:min(len(slug), room-9)] + "-" + hex.EncodeToString(sum[:4])
}

// Order is the queue order of the job at a position of a stage.
func Order(stage Stage, place int) int { return int(stage) + place }

var kindForm = regexp.MustCompile(`^[a-z][a-z0-9]{0,15}$`)

// action returns the job as an action of the queue.
func (j Job) action() (image.Action, error) {
	if err := j.check(); err != nil {
		return image.Action{}, fmt.Errorf("job %s %q: %w", j.Kind, j.Name, err)
	}
	a := image.Action{
		ID: j.ID(), Order: Order(j.Stage, j.Place), Title: j.Title, Interpreter: image.Cmd, Script: j.script(),
		Environment: j.Environment, OKExitCodes: []int{0}, GoOn: j.GoOn, Payloads: slices.Clone(j.Payloads),
		Confirm: true, Restart: j.Alone, Beside: j.Stage.beside() && !j.Alone,
		When: j.When, Limit: j.Stage.limit(), Passing: passing(),
	}
	return a, a.Check()
}

func (j Job) check() error {
	switch {
	case !kindForm.MatchString(j.Kind):
		return errors.New("the kind must consist of up to 16 lower-case letters and digits")
	case j.Name == "":
		return errors.New("it has no name")
	case !j.Stage.known():
		return fmt.Errorf("there is no stage %d", j.Stage)
	case j.Place < 0 || j.Place > maxPlace:
		return fmt.Errorf("place %d is not in the range from 0 to %d", j.Place, maxPlace)
	case len(j.Commands) == 0:
		return errors.New("it has no commands")
	}
	for _, c := range j.Commands {
		if err := errors.Join(c.check(), j.checkLine(c.Args)); err != nil {
			return err
		}
	}
	return errors.Join(j.Test.check(), j.checkLine(j.Test.Ask), checkAnswers(j.Test.Done), checkAnswers(j.Test.Gone), checkAnswers(j.Test.Pending))
}

// maxLine is the largest total length of a program's arguments, in characters. cmd.exe
// runs lines of up to 8191 characters ("Command prompt line string limitation") with
// variables expanded; the rest is for the program, its log and the queue's folder.
const maxLine = 7800

// checkLine refuses arguments that cmd.exe would cut off.
func (j Job) checkLine(args []string) error {
	n := len(j.quoted(args))
	for name, value := range j.Environment {
		n += strings.Count(strings.Join(args, " "), "%"+name+"%") * len(value)
	}
	n += strings.Count(strings.Join(args, " "), "%"+image.PayloadVariable+"%") * len(`C:\Windows\Setup\Scripts\gild`)
	return lineOf(n, len(args))
}

func checkAnswers(lines []string) error { return lineOf(len(find(lines)), len(lines)) }

func lineOf(length, args int) error {
	if length > maxLine {
		return fmt.Errorf("%d arguments of one command have %d characters together, more than the %d that cmd.exe takes", args, length, maxLine)
	}
	return nil
}

// Equal reports whether two jobs do the same with the same files.
func (j Job) Equal(other Job) bool {
	a, errA := j.action()
	b, errB := other.action()
	if errA != nil || errB != nil {
		return false
	}
	return a.ID == b.ID && a.Order == b.Order && a.Title == b.Title && string(a.Script) == string(b.Script) &&
		maps.Equal(a.Environment, b.Environment) && a.GoOn == b.GoOn && a.Restart == b.Restart && a.Beside == b.Beside && a.When == b.When &&
		slices.Equal(payloadIDs(a), payloadIDs(b))
}

func payloadIDs(a image.Action) []string {
	ids := make([]string, len(a.Payloads))
	for i, p := range a.Payloads {
		ids[i] = p.ID()
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

var program = regexp.MustCompile(`^[A-Za-z0-9_-]+\.exe$`)

func (c Command) check() error {
	if c.Program != "" && !program.MatchString(c.Program) {
		return fmt.Errorf("%q is not the name of a program in System32", c.Program)
	}
	if len(c.Args) == 0 {
		return errors.New("a command has no arguments")
	}
	for _, arg := range c.Args {
		if err := checkArg(arg); err != nil {
			return err
		}
	}
	return nil
}

// checkArg refuses arguments that would not reach a program unchanged.
func checkArg(arg string) error {
	switch {
	case arg == "" || strings.ContainsFunc(arg, func(r rune) bool { return r < ' ' || r > '~' || r == '"' }):
		return fmt.Errorf("argument %q: only printable ASCII without quotation marks reaches a program unchanged", arg)
	case strings.HasSuffix(arg, `\`):
		return fmt.Errorf("argument %q: must not end in a backslash", arg)
	case len(arg) > 1000:
		return fmt.Errorf("argument %.40q…: has %d characters, more than 1000", arg, len(arg))
	}
	return nil
}

func (t Test) check() error {
	if len(t.Ask) == 0 {
		if len(t.Done)+len(t.Gone)+len(t.Pending) > 0 {
			return errors.New("the test expects answers and does not ask")
		}
		return nil
	}
	if len(t.Done)+len(t.Gone) == 0 {
		return errors.New("the test does not say which answers mean success")
	}
	for _, arg := range t.Ask {
		if err := checkArg(arg); err != nil {
			return err
		}
	}
	for _, line := range slices.Concat(t.Done, t.Gone, t.Pending) {
		// findstr accepts up to 254 characters, and treats a backslash as an escape.
		if err := checkArg(line); err != nil || len(line) > 250 || strings.Contains(line, `\`) {
			return fmt.Errorf("answer %q: findstr can't search for it: it must be up to 250 printable ASCII characters without quotation marks and backslashes", line)
		}
	}
	return nil
}

// Parse returns the job of an action of the queue.
func Parse(a image.Action) (Job, error) {
	j, err := parseScript(a.Script)
	if err == nil {
		j.Title, j.Environment, j.GoOn, j.Payloads, j.When = a.Title, a.Environment, a.GoOn, a.Payloads, a.When
		err = j.matches(a)
	}
	if err != nil {
		return Job{}, fmt.Errorf("action %q: %w", a.ID, err)
	}
	return j, nil
}

// matches refuses an action that differs from the one generated from the job.
func (j Job) matches(a image.Action) error {
	want, err := j.action()
	if err != nil {
		return err
	}
	if string(want.Script) != string(a.Script) || !reflect.DeepEqual(withoutContent(want), withoutContent(a)) {
		return errors.New("it is not as gild writes it: it was changed, or another version of gild made it; rebuild the image from its source")
	}
	return nil
}

// withoutContent returns an action without the fields that are not comparable or are
// compared elsewhere.
func withoutContent(a image.Action) image.Action {
	a.Script, a.Environment = nil, nil
	a.Payloads = nil
	return a
}

// interruptible lets the context end the copying of payloads.
func interruptible(ctx context.Context, list []image.Payload) []image.Payload {
	out := make([]image.Payload, len(list))
	for i, p := range list {
		out[i].Files = slices.Clone(p.Files)
		for n, f := range out[i].Files {
			if f.Open == nil {
				continue
			}
			out[i].Files[n].Open = func() (io.ReadCloser, error) {
				r, err := f.Open()
				if err != nil {
					return nil, err
				}
				return readCloser{work.Reader(ctx, r), r}, nil
			}
		}
	}
	return out
}

type readCloser struct {
	io.Reader
	io.Closer
}
