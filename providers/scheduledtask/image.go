package scheduledtask

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Where Windows keeps tasks: the definitions as files, and in the registry a key
// by path with the identifier (Tree), one by identifier with what the scheduler
// works with (Tasks), and one by identifier below each of the lists the task is on.
const (
	folder = "Windows/System32/Tasks"
	cache  = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache`
	tree   = cache + `\Tree`
	byID   = cache + `\Tasks`
)

func lists() []string { return []string{"Boot", "Logon", "Maintenance", "Plain"} }

// file is where the task's definition is.
func (t *task) file() string { return folder + strings.ReplaceAll(t.Path, `\`, "/") }

// same is the form of a path that is the same however it is spelled and composed.
func same(path string) string { return nt.Fold(norm.NFC.String(path)) }

// library is the tasks of an image.
type library struct {
	image.Files
	image.Registry
	ids     map[string][]string // of the keys by identifier, by the path they name, in upper case
	actions []image.Action      // queued for the first boot
}

func open(s image.Session) (*library, error) {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return nil, err
	}
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return nil, err
	}
	queue, err := providers.Need[image.FirstBoot](s, image.CanFirstBoot)
	if err != nil {
		return nil, err
	}
	l := &library{Files: files, Registry: reg, ids: map[string][]string{}}
	if l.actions, err = queue.QueuedActions(); err != nil {
		return nil, err
	}
	all, err := reg.Subkeys(byID)
	if err != nil {
		return l, providers.Gone(err)
	}
	for _, id := range all {
		path, err := providers.Text(reg, byID+`\`+id, "Path")
		if err != nil {
			return nil, err
		}
		l.ids[same(path)] = append(l.ids[same(path)], id)
	}
	return l, nil
}

// spell returns the path of a task as the image has it, where it is composed otherwise
// than in the configuration.
func (l *library) spell(path string) (string, error) {
	file := (&task{Path: path}).file()
	name, err := image.Spell(l, file)
	if err != nil || nt.Equal(name, file) {
		return path, providers.WhichFile("path", err)
	}
	return strings.ReplaceAll(name[len(folder):], "/", `\`), nil
}

// identifiers returns the identifiers of a task: the one its path leads to, and
// those of keys that name the path.
func (l *library) identifiers(path string) ([]string, error) {
	ids := slices.Clone(l.ids[same(path)])
	id, err := providers.Text(l, tree+path, "Id")
	if id != "" && !slices.ContainsFunc(ids, func(other string) bool { return nt.Equal(id, other) }) {
		ids = append(ids, id)
	}
	return ids, err
}

func read(_ context.Context, s image.Session, want task) (*task, error) {
	l, err := open(s)
	if err != nil {
		return nil, err
	}
	path, err := l.spell(want.Path)
	if err != nil {
		return nil, err
	}
	have, err := l.task(path)
	if have != nil {
		have.Path = want.Path
	}
	if have == nil && err == nil && want.Enabled != nil && want.Source == nil {
		err = l.missing(want.Path)
	}
	return have, err
}

// task returns the task as it will be when the machine has been started, or nil.
func (l *library) task(path string) (*task, error) {
	have, err := l.found(path)
	if err != nil {
		return nil, err
	}
	will := queued(l.actions, path)
	switch {
	case will == nil && have == nil:
		return nil, nil
	case have == nil:
		have = &task{Path: path}
	}
	have.Applies = new(providers.Applied)
	if will == nil {
		return have, nil
	}
	have.Applies = new(providers.Queued)
	if will.Digest != nil {
		have.Digest, have.Enabled = will.Digest, nil
	}
	if will.Enabled != nil {
		have.Enabled = will.Enabled
	}
	return have, nil
}

// found returns the task as the image holds it, or nil. What is in doubt, because
// the definition can't be read or the scheduler does not know it, is null.
func (l *library) found(path string) (*task, error) {
	ids, err := l.identifiers(path)
	if err != nil {
		return nil, err
	}
	t := &task{Path: path}
	data, err := definitionFile(l, t.file())
	if err != nil {
		return nil, err
	}
	if data == nil && len(ids) == 0 {
		return nil, nil
	}
	root, same, err := parse(data)
	if err != nil || len(ids) == 0 {
		return t, nil
	}
	t.describe(root)
	t.Enabled = new(enabledIn(root))
	t.Digest = digest(same)
	return t, nil
}

// definitionFile reads the file of a task; nil if there is none.
func definitionFile(files image.Files, name string) ([]byte, error) {
	info, err := files.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, providers.Problemf("path", "Folder of tasks", "In the image, %s is a folder of tasks, not a task.", name)
	case info.Size() > maxSize:
		return nil, fmt.Errorf("in the image, %s has %d bytes; a file of a task has at most %d", name, info.Size(), maxSize)
	}
	return fs.ReadFile(files, name)
}

// missing is the problem with a task that is to be switched and is not there.
func (l *library) missing(path string) error {
	paths, err := l.paths()
	if err != nil {
		return err
	}
	return providers.Problemf("path", "No such task", "The image has no task %q.%s To make it, set source.", path, similar.Hint(path, paths))
}

// paths returns the tasks that have a file.
func (l *library) paths() ([]string, error) {
	var all []string
	err := fs.WalkDir(l.Files, folder, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == folder {
			return fs.SkipAll
		}
		if err == nil && d.Type().IsRegular() {
			all = append(all, strings.ReplaceAll(strings.TrimPrefix(name, folder), "/", `\`))
		}
		return err
	})
	return all, err
}

// list returns the tasks of the image that have a definition.
func list(ctx context.Context, s image.Session) ([]task, error) {
	l, err := open(s)
	if err != nil {
		return nil, err
	}
	paths, err := l.paths()
	if err != nil {
		return nil, err
	}
	all := make([]task, len(paths))
	for i, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t, err := l.task(path)
		if err != nil {
			return nil, err
		}
		all[i] = *t
	}
	return all, nil
}

// remove takes the task out of the files and the registry. Folders of tasks stay,
// as when the scheduler removes one.
func (l *library) remove(t task) error {
	var err error
	if t.Path, err = l.spell(t.Path); err != nil {
		return err
	}
	if _, err := definitionFile(l, t.file()); err != nil { // a folder must not go
		return err
	}
	ids, err := l.identifiers(t.Path)
	if err != nil {
		return err
	}
	for _, id := range ids {
		for _, key := range append(lists(), "Tasks") {
			if err := providers.Gone(l.DeleteKey(cache + `\` + key + `\` + id)); err != nil {
				return err
			}
		}
	}
	if below, err := l.Subkeys(tree + t.Path); providers.Gone(err) != nil || len(below) > 0 {
		return errors.Join(err, fmt.Errorf("registry key %q: there are tasks below the task", tree+t.Path))
	}
	return errors.Join(providers.Gone(l.DeleteKey(tree+t.Path)), providers.Gone(l.Files.Remove(t.file())))
}
