// Package journal keeps the events of all runs of a store, one JSON object per line, and says
// what earlier runs have left: [Past].
//
// The journal is for people, and for reporting what a new run continues from. It does not decide
// what is sealed: the checkpoints do. An event that announces something durable is flushed to the
// disk before that begins. Other events are given to the operating system at once, so they
// survive if only the process dies.
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
	torn bool // the last line is incomplete
}

// file is an *os.File, or one of a test.
type file interface {
	io.WriteCloser
	Sync() error
}

// Open opens the journal at path, and creates it if there is none. It removes lines that can't be
// read, such as a crash or a power cut leaves. It rotates a long journal to path with .old
// appended.
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

// Write appends an event if its type is kept. If its type is durable, the event and all before it
// are on the disk when Write returns. A nil journal keeps nothing.
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

// maxRead is the largest size of a journal that is read: a single run may write more than limit.
const maxRead = 32 * limit

// Read reads the journal at path, and the rotated one before it if rotated is set. Without a
// journal, the result is empty. Lines that can't be read are ignored, and the error names the
// first of them.
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
