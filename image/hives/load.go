package hives

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/ground/busy"
	"github.com/gildhq/gild/image"
)

// missingHive is the error of a path into a hive that the image does not have.
type missingHive struct{ image.Hive }

func (m *missingHive) Error() string {
	return fmt.Sprintf("the image has no hive %s (%s)", m.Name, m.File)
}

func (m *missingHive) Is(target error) bool { return target == fs.ErrNotExist }

// load returns a hive, which it reads at the first use.
func (r *Registry) load(h image.Hive) (*loaded, error) {
	if l := r.hives[h.Name]; l != nil {
		return l, nil
	}
	data, err := Content(r.files, h.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &missingHive{h}
	}
	if err != nil {
		return nil, hiveError(h, err)
	}
	logs, err := r.logs(h.File)
	if err != nil {
		return nil, hiveError(h, err)
	}
	tree, err := hive.Open(data, logs...)
	if err != nil {
		return nil, hiveError(h, err)
	}
	l := &loaded{Hive: h, tree: tree}
	r.hives[h.Name] = l
	return l, nil
}

// logs reads the transaction logs of a hive.
func (r *Registry) logs(file string) ([][]byte, error) {
	var logs [][]byte
	for _, name := range hive.LogNames(file) {
		data, err := Content(r.files, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if len(data) > 0 {
			logs = append(logs, data)
		}
	}
	return logs, nil
}

// patience is how long to wait for a hive that another program has locked.
var patience = 30 * time.Second

// whenFree does something with a hive once no other program has it locked.
func whenFree(do func() error) error {
	err := busy.Wait(patience, do)
	if failed, ok := errors.AsType[*busy.Error](err); ok && busy.Is(failed) {
		return fmt.Errorf("%w: DISM or its DismHost.exe may still be at work on the image, an antivirus program may scan it, or it is loaded into the registry of this machine "+
			`(reg query HKLM\SYSTEM\CurrentControlSet\Control\hivelist shows it, and reg unload unloads it); end that program, exclude the folder from scans, and run gild again`, err)
	}
	return err
}

// Content reads a hive, or a transaction log of one. It waits while another program has the
// file locked, and refuses a file that is larger than a hive can be.
func Content(files fs.FS, name string) (data []byte, err error) {
	err = whenFree(func() error {
		data, err = content(files, name)
		return err
	})
	return data, err
}

func content(files fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(files, name)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("is a folder")
	case info.Size() > hive.MaxSize+1<<16:
		return nil, fmt.Errorf("has %d bytes, which no hive can have", info.Size())
	}
	return fs.ReadFile(files, name)
}

// writable refuses a hive if writing it would lose data, unless the author allowed
// that.
func (r *Registry) writable(l *loaded) error {
	if l.checked {
		return nil
	}
	why := ""
	if !r.allowed(l.Hive) {
		why = l.refusal()
	}
	if why != "" {
		return fmt.Errorf("hive %s (%s) can't be changed: it is %s; add allow_dirty_hives = [%q] to the image block to write it anyway; the changes in the logs are lost",
			l.Name, l.File, why, l.Name)
	}
	l.checked = true
	return nil
}

// refusal says why the hive should not be written; empty if it can be written.
func (l *loaded) refusal() string {
	if why := l.tree.Dirty(); why != "" {
		return "dirty (" + why + ")"
	}
	l.tree.Check()
	if damage := l.damage(); len(damage) > 0 {
		return fmt.Sprintf("damaged in %d places (the first: %v)", len(damage), damage[0])
	}
	return ""
}

// Flush writes every hive that was changed since it was read or flushed, and
// empties its transaction logs, which do not match it any more. The files keep
// their metadata except the time of writing.
func (r *Registry) Flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range image.Hives() {
		l := r.hives[h.Name]
		if l == nil || !l.changed {
			continue
		}
		if err := r.flush(l); err != nil {
			return hiveError(h, err)
		}
		l.changed = false
	}
	return nil
}

// flush writes the hive before it empties the logs: after a crash between the two,
// a hive that needs its logs still has them.
func (r *Registry) flush(l *loaded) error {
	allowed := r.allowed(l.Hive)
	data, err := l.tree.Bytes(hive.WriteOptions{
		Sequence:     max(l.tree.Sequence(), 1), // 0 would mean the next one
		Time:         r.clock(),
		AllowDirty:   allowed,
		AllowDamaged: allowed,
	})
	if err != nil {
		return err
	}
	if err := r.replace(l.File, data); err != nil {
		return err
	}
	for _, name := range hive.LogNames(l.File) {
		info, err := r.files.Stat(name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
			continue
		}
		if err != nil {
			return err
		}
		if err := r.replace(name, nil); err != nil {
			return err
		}
	}
	return nil
}

func (r *Registry) replace(name string, data []byte) error {
	return whenFree(func() error {
		meta, err := r.files.Meta(name)
		if err != nil {
			return err
		}
		meta.Written = r.opts.Clock
		return r.files.WriteFile(name, bytes.NewReader(data), meta)
	})
}

func hiveError(h image.Hive, err error) error {
	return &image.HiveError{Hive: h, Err: err}
}
