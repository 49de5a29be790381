// Package firstboot stores the queue of [image.FirstBoot] in the files of an image.
// Begin with [Queue]. What an action does is decided by others: the kind script, and
// package bootjob for jobs of DISM.
//
// The queue is one folder, [image.FirstBootFolder]: queue.json lists the actions, the folder
// actions has a script for each, the folder payload the files they need, first-boot.cmd runs them,
// limit.ps1 ends an action that takes too long, and task.xml is the scheduled task that continues
// after a restart. Windows Setup calls SetupComplete.cmd next to that folder; a few marked lines at
// its beginning call first-boot.cmd. The rest of that file stays as it is.
//
// Changes are made in memory, as those of the registry are, and written by [Queue.Flush]:
// list, driver and actions would otherwise be read and written again for each action that
// is added. Only payloads are copied at once.
//
// The files depend only on the actions, not on the order in which they were queued, or
// how often.
package firstboot

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/image"
)

// Driver is the name in the image of the batch file that runs the actions.
const Driver = folder + "/first-boot.cmd"

const (
	setupComplete = image.SetupComplete
	folder        = image.FirstBootFolder

	document = folder + "/queue.json"
	task     = folder + "/task.xml"
	watcher  = folder + "/limit.ps1"
	actions  = folder + "/actions"
	payloads = folder + "/payload"

	// Files that scripts make on the machine.
	started = folder + "/started"
	answer  = folder + "/answer.txt"
	running = folder + "/running"
	overdue = folder + "/overdue"
)

// limit is the largest size of a file of the queue, in bytes.
const limit = 16 << 20

// Options say how a queue may be used. The zero value is for reading.
type Options struct {
	Write bool
	Memo  *image.Memo // the memo of the image's session; nil: none
}

// Queue is the queue in an image's files. Several goroutines may read it.
type Queue struct {
	files image.Files
	opts  Options
	list  []image.Action // if changed
	dirty bool           // it was changed since it was read or flushed
}

var _ image.FirstBoot = (*Queue)(nil)

// What is kept in the image's memo.
type (
	allStored struct{} // the list as it is in the files
	allRun    struct{} // the same, or nothing if the machine would not start it
)

// Open returns the queue of an image. It reads nothing.
func Open(files image.Files, opts Options) *Queue { return &Queue{files: files, opts: opts} }

// QueuedActions implements [image.FirstBoot].
func (q *Queue) QueuedActions() ([]image.Action, error) {
	if q.dirty {
		return q.list, nil
	}
	return image.Recall(q.opts.Memo, allRun{}, func() ([]image.Action, error) {
		list, err := q.load()
		if err != nil || len(list) == 0 {
			return nil, err
		}
		whole, err := q.registered(list)
		if err != nil || !whole {
			return nil, err
		}
		return list, nil
	}, image.CanFiles)
}

// QueueAction implements [image.FirstBoot]. The payloads are copied at once.
func (q *Queue) QueueAction(a image.Action) error {
	if err := a.Check(); err != nil {
		return err
	}
	list, err := q.change()
	if err != nil {
		return err
	}
	if _, err := q.caller(true); err != nil {
		return err
	}
	if err := q.bring(a.Payloads); err != nil {
		return fmt.Errorf("action %q: %w", a.ID, err)
	}
	list = append(without(list, a.ID), asStored(a))
	slices.SortFunc(list, func(a, b image.Action) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), strings.Compare(strings.ToLower(a.ID), strings.ToLower(b.ID)))
	})
	q.changed(list)
	return nil
}

// UnqueueAction implements [image.FirstBoot].
func (q *Queue) UnqueueAction(id string) error {
	list, err := q.change()
	if err != nil {
		return err
	}
	rest := without(list, id)
	if len(rest) == len(list) {
		return fmt.Errorf("action %q of the first boot: %w", id, fs.ErrNotExist)
	}
	q.changed(rest)
	return nil
}

// change returns the list to be changed.
func (q *Queue) change() ([]image.Action, error) {
	switch {
	case !q.opts.Write:
		return nil, fmt.Errorf("queue of the first boot: %w", image.ErrReadOnly)
	case q.dirty:
		return q.list, nil
	}
	return q.load()
}

func (q *Queue) changed(list []image.Action) {
	q.list, q.dirty = list, true
	q.opts.Memo.Changed(image.CanFirstBoot)
}

// Flush writes the queue into the files if it was changed, once for all changes: each of its
// files is about all actions. After an error the changes are still there.
func (q *Queue) Flush() error {
	if !q.dirty {
		return nil
	}
	write := q.store
	if len(q.list) == 0 {
		write = q.clear
	}
	if err := write(q.list); err != nil {
		return fmt.Errorf("queue of the first boot: %w", err)
	}
	q.list, q.dirty = nil, false
	return nil
}

func without(list []image.Action, id string) []image.Action {
	return slices.DeleteFunc(slices.Clone(list), func(a image.Action) bool { return strings.EqualFold(a.ID, id) })
}

// asStored is an action as it is read when it is stored.
func asStored(a image.Action) image.Action {
	kept := entryOf(a).action()
	kept.Script = a.Script
	if len(a.Environment) > 0 {
		kept.Environment = maps.Clone(a.Environment)
	}
	return kept
}

// load reads the actions, whether or not the machine would start them.
func (q *Queue) load() ([]image.Action, error) {
	return image.Recall(q.opts.Memo, allStored{}, q.readAll, image.CanFiles)
}

func (q *Queue) readAll() ([]image.Action, error) {
	data, err := q.read(document)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	entries, err := parse(data)
	if err != nil {
		return nil, damaged(document, err)
	}
	list := make([]image.Action, len(entries))
	for i, e := range entries {
		if list[i], err = q.action(e); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// action completes an entry of the list with its script and environment, which are in
// files.
func (q *Queue) action(e entry) (image.Action, error) {
	a := e.action()
	var err error
	if a.Script, err = q.read(path.Join(folder, e.Script)); err != nil {
		return a, damaged(document, err)
	}
	if e.Environment == "" {
		return a, nil
	}
	data, err := q.read(path.Join(folder, e.Environment))
	if err != nil {
		return a, damaged(document, err)
	}
	if a.Environment, err = parseEnvironment(data); err != nil {
		return a, damaged(path.Join(folder, e.Environment), err)
	}
	return a, nil
}

func damaged(name string, err error) error {
	return fmt.Errorf("%s: the queue for the first boot is damaged: %w; remove the folder %s from the image to start again", name, err, folder)
}

// registered reports whether the machine would run all of the actions.
func (q *Queue) registered(list []image.Action) (bool, error) {
	driver, err := q.read(Driver)
	for _, name := range []string{task, watcher} {
		if err == nil {
			_, err = q.files.Stat(name)
		}
	}
	var setup []byte
	if err == nil {
		setup, err = q.read(setupComplete)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	lines := map[string]bool{}
	for line := range strings.SplitSeq(string(driver), eol) {
		lines[line] = true
	}
	for _, a := range list {
		if !lines[call(a)] {
			return false, nil
		}
	}
	if whole, err := q.complete(list); !whole || err != nil {
		return false, err
	}
	return hasCall(setup), err
}

// store writes the queue in an order that keeps the earlier actions readable if the
// work is cut off in a folder that is changed in place.
func (q *Queue) store(list []image.Action) error {
	setup, err := q.caller(true)
	if err == nil {
		err = q.makeFolders()
	}
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, a := range list {
		e := entryOf(a)
		wanted[path.Base(e.Script)] = true
		err := q.write(path.Join(folder, e.Script), a.Script)
		if err == nil && e.Environment != "" {
			wanted[path.Base(e.Environment)] = true
			err = q.write(path.Join(folder, e.Environment), environment(a.Environment))
		}
		if err != nil {
			return err
		}
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{Driver, driver(list)}, {task, taskXML()}, {watcher, watcherText()}, {document, listing(list)}, {setupComplete, setup}} {
		if err := q.write(f.name, f.data); err != nil {
			return err
		}
	}
	return errors.Join(q.purge(actions, wanted), q.purge(payloads, payloadIDs(list)), q.forget())
}

// forget removes the results of the machine on which the image was captured while the
// queue was not empty, so that they do not count.
func (q *Queue) forget() error {
	for _, name := range []string{started, answer, running, overdue} {
		if err := q.files.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// makeFolders makes the folders. If the image keeps security descriptors, only SYSTEM
// and administrators can access them, since environments may be secret.
func (q *Queue) makeFolders() error {
	if err := q.files.MkdirAll(path.Dir(folder), image.Meta{}); err != nil {
		return err
	}
	above, err := q.files.Meta(path.Dir(folder))
	if err != nil {
		return err
	}
	var meta image.Meta
	if above.Security != nil {
		meta.Security = []byte(descriptor)
	}
	if err := q.files.MkdirAll(folder, meta); err != nil {
		return err
	}
	return q.files.MkdirAll(actions, image.Meta{})
}

// purge removes from a folder the files of actions that no longer exist.
func (q *Queue) purge(in string, wanted map[string]bool) error {
	found, err := q.files.ReadDir(in)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range found {
		if !wanted[strings.ToLower(e.Name())] {
			if err := q.files.Remove(path.Join(in, e.Name())); err != nil {
				return err
			}
		}
	}
	if len(wanted) == 0 {
		return q.files.Remove(in)
	}
	return nil
}

// clear removes the queue, the list of it first.
func (q *Queue) clear([]image.Action) error {
	setup, err := q.caller(false)
	if err != nil {
		return err
	}
	for _, name := range []string{document, folder} {
		if err := q.files.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if len(setup) > 0 {
		return q.write(setupComplete, setup)
	}
	if err := q.files.Remove(setupComplete); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Queueable reports whether SetupComplete.cmd can call the driver.
func (q *Queue) Queueable() error {
	_, err := q.caller(true)
	return err
}

// caller returns the new content of SetupComplete.cmd, with the call of the driver or
// without; nothing if nothing else is in it.
func (q *Queue) caller(on bool) ([]byte, error) {
	data, err := q.read(setupComplete)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	data, err = withoutCall(data)
	if err == nil && on {
		data, err = withCall(data)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setupComplete, err)
	}
	return data, nil
}

// write writes a file unless it has the content already.
func (q *Queue) write(name string, data []byte) error {
	if have, err := q.read(name); err == nil && bytes.Equal(have, data) {
		return nil
	}
	return q.files.WriteFile(name, bytes.NewReader(data), image.Meta{})
}

func (q *Queue) read(name string) ([]byte, error) {
	info, err := q.files.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s: has %d bytes, more than the %d allowed for a script", name, info.Size(), limit)
	}
	return fs.ReadFile(q.files, name)
}

// descriptor is O:BAG:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA), self-relative
// ([MS-DTYP] §2.4.6).
const descriptor = "" +
	"\x01\x00\x04\x94\x14\x00\x00\x00\x24\x00\x00\x00\x00\x00\x00\x00\x34\x00\x00\x00" + // header
	"\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00" + // owner
	"\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00" + // group
	"\x02\x00\x34\x00\x02\x00\x00\x00" + // access list, two entries
	"\x00\x03\x14\x00\xff\x01\x1f\x00\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00" +
	"\x00\x03\x18\x00\xff\x01\x1f\x00\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00"
