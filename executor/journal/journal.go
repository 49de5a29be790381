// Package journal keeps the record of what runs have done and meant to do, one
// JSON object per line.
//
// The journal is for people, and for saying what a new run goes on from. The
// checkpoints themselves decide what is sealed. A record of what is about to be
// made durable is on the disk before that begins ([Journal.Sync]); other records
// are given to the operating system at once, which keeps them if only the process
// dies.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/store"
)

// Type says what a record tells.
type Type string

const (
	Begin            Type = "begin"             // Plan, Source, Output, Steps; Step are taken over from a checkpoint
	StepStart        Type = "step_start"        // Step, ID, Address, Action, Way
	StepDone         Type = "step_done"         // the same, applied and read back
	StepSkipped      Type = "step_skipped"      // the same, left out; Error
	Retry            Type = "retry"             // Step is tried again; Error: why
	CheckpointIntent Type = "checkpoint_intent" // Step, ID
	CheckpointDone   Type = "checkpoint_done"
	ExportStart      Type = "export_start" // Path
	ExportDone       Type = "export_done"  // Path, written and read back; Output, which it is to become; Parts
	Renamed          Type = "renamed"      // Path
	End              Type = "end"          // Error if it is not done
)

// Record is one line.
type Record struct {
	Time    time.Time `json:"time"`
	Type    Type      `json:"type"`
	Image   string    `json:"image"`
	Plan    string    `json:"plan,omitempty"`   // digest
	Source  string    `json:"source,omitempty"` // fingerprint
	Output  string    `json:"output,omitempty"` // or the target's folder
	Step    int       `json:"step,omitempty"`   // from 1
	Steps   int       `json:"steps,omitempty"`
	ID      string    `json:"id,omitempty"` // of the step
	Address string    `json:"address,omitempty"`
	Action  string    `json:"action,omitempty"`
	Way     string    `json:"way,omitempty"`
	Path    string    `json:"path,omitempty"`
	Parts   int       `json:"parts,omitempty"` // files of the output, as it was or will be, whichever are more
	Error   string    `json:"error,omitempty"`
}

// limit is the size in bytes at which a journal is rotated.
const limit = 8 << 20

// Journal is open for writing, by one process at a time and several goroutines.
type Journal struct {
	f  *os.File
	mu sync.Mutex // of Write
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
		if _, err := parse(line); err == nil {
			whole = append(whole, line...)
		}
	}
	if err != nil || len(whole) == len(data) {
		return err
	}
	return folder.Write(name, whole)
}

// parse reads a line; one without an end is not whole.
func parse(line []byte) (r Record, err error) {
	if !bytes.HasSuffix(line, []byte("\n")) {
		return r, io.ErrUnexpectedEOF
	}
	return r, json.Unmarshal(line, &r)
}

// Write appends a record.
func (j *Journal) Write(r Record) error {
	data, err := json.Marshal(r)
	if err == nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		_, err = j.f.Write(append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// Sync makes all records so far durable.
func (j *Journal) Sync() error {
	if err := j.f.Sync(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// Close closes the journal.
func (j *Journal) Close() error { return j.f.Close() }

// Read returns the records of a journal; none if it is not there. Lines that can't
// be read are left out, and the error names the first of them; but for a last one
// that a crash has cut off, which is nothing to wonder at.
func Read(path string) ([]Record, error) {
	data, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	var records []Record
	n := 0
	for line := range bytes.Lines(data) {
		n++
		switch r, bad := parse(line); {
		case bad == nil:
			records = append(records, r)
		case err == nil && !errors.Is(bad, io.ErrUnexpectedEOF):
			err = fmt.Errorf("journal: %s:%d: %w", path, n, bad)
		}
	}
	return records, err
}

// maxRead is the size of a journal that is read: one run may go on beyond limit.
const maxRead = 32 * limit

func readFile(path string) ([]byte, error) {
	folder, err := store.Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	data, err := folder.Read(filepath.Base(path), maxRead)
	return data, errors.Join(err, folder.Close())
}

// Unfinished returns the last record of the last run that worked on the image,
// if that run did not end in order; it was killed then, or the power went.
func Unfinished(records []Record, image, output string) (Record, bool) {
	var last Record
	var of string
	for _, r := range records {
		if r.Image != image {
			continue
		}
		if r.Type == Begin {
			of = r.Output
		}
		last = r
	}
	return last, last.Type != "" && last.Type != End && of == output
}

// maxParts is how many files an output may have: a record that tells of more is not gild's.
const maxParts = 1000

// Publishing returns how many files a run was about to give the names of an output
// when it was killed or failed; 0 if it came to its end.
func Publishing(records []Record, output string) (parts int) {
	for _, r := range records {
		switch {
		case r.Type == ExportDone && r.Output == output && r.Parts <= maxParts:
			parts = max(parts, r.Parts)
		case r.Type == Renamed && r.Path == output:
			parts = 0
		}
	}
	return parts
}
