// Package journal keeps the events of all runs with a store, one JSON object per line,
// and tells from them what earlier runs have left: [Past].
//
// The journal is for people, and for saying what a new run goes on from. The
// checkpoints themselves decide what is sealed. An event that announces something
// durable is on the disk before that begins; other events are given to the operating
// system at once, which keeps them if only the process dies.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/store"
)

// limit is the size in bytes at which a journal is rotated.
const limit = 8 << 20

// Journal is open for writing, by one process at a time and several goroutines.
type Journal struct {
	f file

	mu   sync.Mutex
	torn bool // the last line is not complete
}

// file is an *os.File, or one of a test.
type file interface {
	io.WriteCloser
	Sync() error
}

// Open opens the journal at path, and makes it where there is none. Lines that can't
// be read, as a crash or a loss of power leaves them, are removed. A long journal is
// rotated to path with .old after it.
func Open(path string) (*Journal, error) {
	j, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	return j, nil
}

func open(path string) (j *Journal, err error) {
	folder, err := store.Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	name := filepath.Base(path)
	info, err := folder.Lstat(name)
	switch {
	case err == nil && info.Size() > limit:
		if err := durable.Rename(path, path+".old"); err != nil {
			return nil, err
		}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if err := mend(folder, name); err != nil {
		return nil, err
	}
	f, err := folder.Append(name)
	if err != nil {
		return nil, err
	}
	if err := durable.SyncIn(folder.Root, "."); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Journal{f: f}, nil
}

// mend removes the lines that can't be read.
func mend(folder *store.Folder, name string) error {
	data, err := folder.Read(name, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var whole []byte
	for line := range bytes.Lines(data) {
		if _, err := record.Parse(line); err == nil {
			whole = append(whole, line...)
		}
	}
	if err != nil || len(whole) == len(data) {
		return err
	}
	return folder.Write(name, whole)
}

// Write appends an event, if it is one to be kept. One that has to be durable is on the
// disk, with all before it, when Write returns. A journal that is nil keeps nothing.
func (j *Journal) Write(e record.Event) error {
	if j == nil || !e.Type.Kept() {
		return nil
	}
	data, err := json.Marshal(e)
	if err == nil {
		err = j.append(append(data, '\n'))
	}
	if err == nil && e.Type.Durable() {
		err = j.f.Sync()
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

func (j *Journal) append(line []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.torn {
		line = append([]byte{'\n'}, line...)
	}
	n, err := j.f.Write(line)
	if n > 0 {
		j.torn = n < len(line)
	}
	return err
}

// Close closes the journal.
func (j *Journal) Close() error { return j.f.Close() }

// maxRead is the size of a journal that is read: one run may go on beyond limit.
const maxRead = 32 * limit

// Read reads the journal at path; with the rotated one, that first. Where there is none,
// nothing is known. Lines that can't be read are left out, and the error names the first
// of them.
func Read(path string, rotated bool) (*Past, error) {
	past := &Past{Seals: map[string]Seal{}, runs: map[string]*run{}, publishing: map[string]int{}}
	var errs []error
	if rotated {
		errs = append(errs, past.read(path+".old"))
	}
	if err := errors.Join(append(errs, past.read(path))...); err != nil {
		return past, fmt.Errorf("journal: %w", err)
	}
	return past, nil
}

func (p *Past) read(path string) error {
	folder, err := store.Open(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	data, err := folder.Read(filepath.Base(path), maxRead)
	if err = errors.Join(err, folder.Close()); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	events, err := record.Decode(path, data)
	for _, e := range events {
		p.add(e)
	}
	return err
}
