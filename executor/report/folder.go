package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/store"
)

// Names below the store.
const (
	runs       = "runs"
	logFile    = "gild.log"
	eventsFile = "events.jsonl"
	jsonFile   = "report.json"
	htmlFile   = "report.html"

	stamp = "20060102T150405.000Z" // time of a run, in its folder's name
)

// prune removes the oldest folders of runs when there are more than these, or when all of them
// together are larger.
const (
	keepRuns  = 20
	keepBytes = 512 << 20
)

var isRun = regexp.MustCompile(`^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{6}$`)

// HTML returns the path of the report for people in a run's folder.
func HTML(dir string) string { return filepath.Join(dir, htmlFile) }

// JSON returns the path of the report for programs in a run's folder.
func JSON(dir string) string { return filepath.Join(dir, jsonFile) }

// List returns the names of the runs in a store, oldest first.
func List(dir string) ([]string, error) {
	folder, err := store.Open(dir, runs)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(folder.FS(), ".")
	err = errors.Join(err, folder.Close())
	var names []string
	for _, e := range entries {
		if e.IsDir() && isRun.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// Find returns the folder of a run: the latest one, or the one whose name contains the given
// text.
func Find(dir, run string) (string, error) {
	names, err := List(dir)
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", fmt.Errorf("no run has been recorded in %s", dir)
	}
	if run == "" {
		return filepath.Join(dir, runs, names[len(names)-1]), nil
	}
	found := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.Contains(name, run) })
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no run is named %q; there are: %s", run, strings.Join(names, ", "))
	case 1:
		return filepath.Join(dir, runs, found[0]), nil
	}
	return "", fmt.Errorf("%q stands for %d runs: %s", run, len(found), strings.Join(found, ", "))
}

// Read returns the report of the run in a folder. It is made from the run's events, since a
// killed run has no report file. Events that can't be read are missing, with a warning.
func Read(dir string) (*record.Run, error) {
	path := filepath.Join(dir, eventsFile)
	folder, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	data, err := folder.Read(eventsFile, keepBytes)
	if err = errors.Join(err, folder.Close()); err != nil {
		return nil, err
	}
	events, lost := record.Decode(path, data)
	run, err := record.Build(events)
	switch {
	case errors.Is(lost, record.ErrVersion) || errors.Is(err, record.ErrVersion):
		return nil, fmt.Errorf("%w; unless it was killed, that version has left its report in %s", cmp.Or(lost, fmt.Errorf("%s: %w", path, err)), HTML(dir))
	case err != nil:
		return nil, cmp.Or(lost, fmt.Errorf("%s: %w", path, err))
	case lost != nil:
		run.Warnings = append(run.Warnings, record.Message{Text: "Some of the events can't be read, as a full disk leaves them; they are missing here: " + lost.Error()})
	}
	return run, nil
}

// Write writes both reports into a run's folder.
func Write(dir string, run *record.Run) error {
	data, err := json.MarshalIndent(run, "", "  ")
	if err != nil {
		return err
	}
	page, err := render(run)
	if err != nil {
		return err
	}
	return errors.Join(durable.WriteFile(JSON(dir), append(data, '\n')), durable.WriteFile(HTML(dir), page))
}

// own are the names of the files in a run's folder; sfc and DISM rotate long logs.
var own = &store.Names{Files: store.Only(`gild\.log(\.bak)?|events\.jsonl|report\.json|report\.html|(dism-\d{3,}|sfc)\.log(\.bak)?|` + store.Temp)}

// prune removes the folders of old runs. It keeps the current run, newer ones, and files that
// belong to no run.
func prune(dir string, keep int, current string) error {
	names, err := List(dir)
	if err != nil || len(names) == 0 {
		return err
	}
	folder, err := store.Open(dir, runs)
	if err != nil {
		return err
	}
	defer folder.Close()
	var errs []error
	kept, bytes := 0, int64(0)
	for _, name := range slices.Backward(names) {
		kept++
		bytes += sizeOf(folder.Path(name))
		if name < current && (kept > cmp.Or(keep, keepRuns) || bytes > keepBytes) {
			_, err := folder.Clear(name, own, nil)
			errs = append(errs, err)
			_ = folder.Remove(name) // fails if it contains a file that is not gild's
		}
	}
	return errors.Join(errs...)
}

// sizeOf adds up the sizes of the files in a folder. It ignores files that it can't examine.
func sizeOf(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := d.Info(); err == nil && !d.IsDir() {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}
