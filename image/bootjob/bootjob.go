// Package bootjob describes work for dism.exe in the deployed Windows, at its first
// boot, and puts it into the queue of [image.FirstBoot].
//
// It is for changes that gild can't make to the files of an image: servicing of the
// component store. A [Job] has the commands for DISM, the question whether the work is
// done already, and the files. gild generates a script from the job, which
//
//   - asks first, and does nothing if the work is done;
//   - checks the files against their digests;
//   - does it, and asks again: an exit code alone is no proof;
//   - restarts the machine if DISM asks for it, together with other jobs if the rules
//     allow, and asks again after the restart.
//
// A job has a time limit, by its [Stage], after which it is ended. After a transient
// failure it is retried.
//
// The result is in the registry, in the key of the job's [Job.ID] below
// HKLM\SOFTWARE\gild\FirstBoot: State (done, failed, pending, running), ExitCode
// and Time. DISM's log is in %SystemRoot%\Logs\gild\dism-ID.log, what it printed in
// first-boot-ID.log.
//
// A kind queues a job in the Apply of a way that needs the capabilities [Needs]. In its
// Read, [Queued] shows that the work is queued.
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
	// Kind and Name say what the job is about in Windows: "feature", "NetFx3". There is
	// one job for one thing: queueing it again, or its opposite, replaces the first.
	// Kind consists of up to 16 lower-case letters and digits; Name is free.
	Kind, Name string

	Absent bool   // the job removes the thing; for readers of the queue
	Title  string // for people: "Enable NetFx3"
	Stage  Stage
	Place  int // position among the jobs of the stage, 0 to 29; equal ones run by ID

	Commands []Command // one after the other
	Test     Test

	Payloads []image.Payload // files the commands need; arguments name them by [image.Payload.Path]
	// Environment holds variables that arguments may name as %NAME%. Secrets belong
	// here: gild neither shows nor logs it.
	Environment map[string]string

	// Alone is for work that servicing does not merge with other pending work, such as
	// a cumulative update: the machine makes a pending restart before the job, whatever
	// the stage, and a restart that the job asks for at once.
	Alone bool
	GoOn  bool // if the job fails, continue with the next one

	// When is what the job waits for, with all later actions of the queue:
	// [image.WithNetwork] if the files come from Windows Update.
	When image.When

	// Data is what the kind needs when it reads the job again, such as a version. Keys
	// and values are free text, without secrets.
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
	// OK lists exit codes other than 0 and 3010 that do not mean failure, such as
	// 0x800F0806 (pending operations) of a cleanup.
	OK []uint32
	// Restarts is set for a program that leaves work for a restart without exit code
	// 3010.
	Restarts bool
}

// Test is the question to DISM whether work is done. Without Ask there is no question:
// only the exit codes of the commands decide.
//
// Lines are compared as a whole, ignoring case, in DISM's English.
type Test struct {
	Ask     []string // arguments after "dism.exe /Online /English"; the call must end with 0
	Done    []string // the work is done if the answer has one of these lines …
	Gone    []string // … and none of these; at least one of Done and Gone is given
	Pending []string // a restart completes the work if it is not done and the answer has one of these lines
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

// Check says why a job can't be queued, whatever the image.
func (j Job) Check() error {
	_, err := j.action()
	return err
}

// Runnable returns why an image can't run jobs: an image of Windows PE has no first
// boot.
func Runnable(ctx context.Context, s image.Session) error {
	if _, err := queueOf(s); err != nil {
		return err
	}
	info, err := s.Info(ctx)
	if err == nil && info.InstallationType == "WindowsPE" {
		err = errors.New("this is an image of Windows PE, which starts without Setup and has no first boot; only DISM on Windows can do this (backend dism)")
	}
	return err
}

// Queue puts a job into the queue of an image, in place of one with the same ID, and
// copies the files of its payloads into the image. A file that does not match the
// payload, because it was changed since, is an error and is not copied.
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

// Unqueue removes the job about a thing from the queue, with the files that no other
// job needs. A missing job is not an error.
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

// Queued returns the job about a thing, as it was queued; the files of payloads have no
// Open. [Job.Equal] compares jobs.
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

// Jobs returns all jobs of an image in the order in which they run, without other
// actions of the queue. The list is shared and must not be changed.
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
