// Package bootjob describes work that dism.exe does in the deployed Windows, at
// its first boot, and puts it into the queue of [image.FirstBoot].
//
// It is for what can't be done to the files of an image: servicing of the
// component store. A [Job] says what DISM is to do, how DISM is asked whether it
// is done already, and what files that takes. Of a job comes a script that
//
//   - asks first, and does nothing if the work is done;
//   - checks the files against their digests;
//   - does it, and asks again: an exit code alone is no proof;
//   - has the machine restarted where DISM asks for it, together with other jobs if
//     the rules allow, and asks once more after the restart.
//
// A job has a limit, by its [Stage], after which it is ended, and one that fails in a way
// that may pass is tried again.
//
// The result is in the registry, in the key of the job's [Job.ID] below
// HKLM\SOFTWARE\gild\FirstBoot: State (done, failed, pending, running), ExitCode
// and Time. DISM's log is in %SystemRoot%\Logs\gild\dism-ID.log, what it printed in
// first-boot-ID.log.
//
// A kind queues in the Apply of a [Way], which is what it needs the capabilities
// [Needs] for; it sees in its Read, by [Queued], that the work is queued.
package bootjob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// Needs are the capabilities that a session must have to queue jobs.
func Needs() []image.Capability { return []image.Capability{image.CanFirstBoot} }

// Job is one piece of work for dism.exe.
type Job struct {
	// Kind and Name say what in Windows it is about: "feature", "NetFx3". There is
	// one job for one thing: queueing it again, or its contrary, replaces the first.
	// Kind consists of lower-case letters and digits, up to 16; Name is free.
	Kind, Name string

	Absent bool   // the work takes the thing out; for who reads the queue
	Title  string // for people: "Enable NetFx3"
	Stage  Stage
	Place  int // among the jobs of the stage, 0 to 29; equal ones run by ID

	Commands []Command // one after the other
	Test     Test

	Payloads []image.Payload // files the commands need; arguments name them by [image.Payload.Path]
	// Environment holds variables that arguments may name as %NAME%. It is the place
	// for secrets, which are neither shown nor logged.
	Environment map[string]string

	// Alone is for work that servicing does not merge with other pending work, like
	// a cumulative update: a restart that was asked for is made before it, whatever
	// the stage, and one that it asks for is made at once.
	Alone bool
	GoOn  bool // if it fails, go on with what comes after it

	// When is what it waits for, and all that comes after it in the queue:
	// [image.WithNetwork] if the files come from Windows Update.
	When image.When

	// Data is what the kind wants to know of the job when it reads it again, such as
	// a version. Keys and values are free text. No secrets.
	Data map[string]string
}

// Command is one call of dism.exe, or of another program of System32.
type Command struct {
	// Args follow "dism.exe /Online /English /NoRestart /LogPath:…"; each is one
	// argument, not quoted. They are printable ASCII without quotation marks; a
	// percent sign stands for itself, except in %NAME% of [image.PayloadVariable] and
	// of the job's Environment.
	Args []string
	// Program is another program, by its name in System32, which gets just the
	// arguments: "changepk.exe". Empty: dism.exe.
	Program string
	// OK lists exit codes besides 0 and 3010 that are no failure, such as 0x800F0806
	// (pending operations) of a cleanup: a code DISM answers what was asked for with.
	OK []uint32
	// Restarts is set for a program that has work left for a restart without telling so
	// by exit code 3010.
	Restarts bool
}

// Test is how DISM is asked whether work is done. A test without Ask tells
// nothing: the exit codes of the commands decide alone.
//
// Lines are compared as a whole and without regard to case, in DISM's English.
type Test struct {
	Ask     []string // arguments after "dism.exe /Online /English"; the call must end with 0
	Done    []string // the work is done if the answer holds one of these lines …
	Gone    []string // … and none of these; at least one of Done and Gone is given
	Pending []string // a restart completes the work if it is not done and the answer holds one of these lines
}

// ID is the job's ID in the queue, in the registry and in names of logs: of Kind
// and Name, in characters that an [image.Action] may have.
func (j Job) ID() string { return ID(j.Kind, j.Name) }

// Size is the size of all files that the job needs, in bytes.
func (j Job) Size() int64 {
	var n int64
	for _, p := range j.Payloads {
		n += p.Size()
	}
	return n
}

// Check tells why a job can't be queued, whatever the image.
func (j Job) Check() error {
	_, err := j.action()
	return err
}

// Runnable tells why an image runs no jobs: it is one of Windows PE, which has no
// first boot.
func Runnable(ctx context.Context, s image.Session) error {
	if _, err := queueOf(s); err != nil {
		return err
	}
	info, err := s.Info(ctx)
	if err == nil && info.InstallationType == "WindowsPE" {
		err = errors.New("the image is one of Windows PE, which is started and never set up, so it has no first boot; only DISM on Windows can do this (backend dism)")
	}
	return err
}

// Queue puts a job into the queue of an image, in place of one that has its ID.
// The files of its payloads are copied into the image; one that is not what the
// payload says, because it was changed since, is an error and is not copied.
func Queue(ctx context.Context, s image.Session, j Job) error {
	if err := Runnable(ctx, s); err != nil {
		return err
	}
	queue, err := queueOf(s)
	if err != nil {
		return err
	}
	a, err := j.action()
	if err != nil {
		return err
	}
	a.Payloads = interruptible(ctx, a.Payloads)
	return queue.QueueAction(a)
}

// Unqueue takes the job that is about a thing from the queue, with the files that
// no other job needs. It is no error if it is not there.
func Unqueue(s image.Session, kind, name string) error {
	queue, err := queueOf(s)
	if err != nil {
		return err
	}
	if err := queue.UnqueueAction(ID(kind, name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Queued returns the job that is about a thing, as it was queued; the files of
// payloads have no Open. [Job.Equal] compares it.
func Queued(s image.Session, kind, name string) (Job, bool, error) {
	queue, err := jobsOf(s)
	if err != nil {
		return Job{}, false, err
	}
	j, ok := queue.byID[strings.ToLower(ID(kind, name))]
	return j, ok, nil
}

// About returns the jobs of a kind by the names of what they are about, folded as
// Windows compares names. An image without a queue has none. The jobs are shared and must
// not be changed.
func About(s image.Session, kind string) (map[string]Job, error) {
	if _, ok := image.As[image.FirstBoot](s); !ok {
		return nil, nil
	}
	queue, err := jobsOf(s)
	return queue.byKind[kind], err
}

// Jobs returns all jobs of an image in the order they run in. Other actions of
// the queue are passed over. The list is shared and must not be changed.
func Jobs(s image.Session) ([]Job, error) {
	queue, err := jobsOf(s)
	return queue.jobs, err
}

// jobs are those of a queue.
type jobs struct {
	jobs   []Job
	byID   map[string]Job            // in lower case
	byKind map[string]map[string]Job // and by folded name
}

// parsed is an action of the queue and the job that it is.
type parsed struct {
	action image.Action
	job    Job
}

// jobsOf reads the jobs through the image's memo. A change of the queue leaves most of its
// actions as they were: what they are is kept.
func jobsOf(s image.Session) (jobs, error) {
	type all struct{}
	type known struct{}
	before, err := image.Once(s, known{}, func() (map[string]parsed, error) { return map[string]parsed{}, nil })
	if err != nil {
		return jobs{}, err
	}
	return image.Once(s, all{}, func() (jobs, error) {
		queue, err := queueOf(s)
		if err != nil {
			return jobs{}, err
		}
		actions, err := queue.QueuedActions()
		if err != nil {
			return jobs{}, fmt.Errorf("queue of the first boot: %w", err)
		}
		found := jobs{byID: map[string]Job{}, byKind: map[string]map[string]Job{}}
		for _, a := range actions {
			if !IsJob(a) {
				continue
			}
			j := before[a.ID].job
			if !reflect.DeepEqual(a, before[a.ID].action) {
				if j, err = Parse(a); err != nil {
					return jobs{}, fmt.Errorf("queue of the first boot: %w", err)
				}
				before[a.ID] = parsed{a, j}
			}
			if found.byKind[j.Kind] == nil {
				found.byKind[j.Kind] = map[string]Job{}
			}
			found.jobs, found.byID[strings.ToLower(a.ID)], found.byKind[j.Kind][nt.Fold(j.Name)] = append(found.jobs, j), j, j
		}
		return found, nil
	}, image.CanFirstBoot, image.CanFiles)
}

func queueOf(s image.Session) (image.FirstBoot, error) {
	queue, ok := image.As[image.FirstBoot](s)
	if !ok {
		return nil, fmt.Errorf("the image gives no access to its %s", image.CanFirstBoot)
	}
	return queue, nil
}
