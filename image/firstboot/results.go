package firstboot

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
)

// Where a machine records the results of the queue. Both stay when the queue is done
// and removed.
const (
	records = `HKLM\SOFTWARE\gild\FirstBoot`
	logs    = "Windows/Logs/gild"
)

// The states of a queue, as [ReadResults] returns them. If the record of a machine that
// is off says "restarting", the queue will continue at its next start.
const (
	NoQueue    = "none"       // no queue, and no record
	Queued     = "queued"     // the machine has not begun
	Running    = "running"    // the machine is at work, or was cut off
	Waiting    = "waiting"    // for the end of Windows Setup, a network, or a retry
	Restarting = "restarting" // a restart is due
	Stopped    = "stopped"    // after a failure
	Finished   = "finished"   // everything has run; actions with GoOn may have failed
)

// Results are what a machine has recorded of its first boot.
type Results struct {
	State   string
	Actions []Result // those of the queue in its order, then those that have only a record, by ID
	Log     string   // the log of the queue, by its path in the image; empty if there is none
}

// Result is the recorded result of an action.
type Result struct {
	ID, Title string // without a title if the queue is gone
	// State is "queued", "running", "waiting", "pending" (a restart completes it), "done" or
	// "failed".
	State    string
	ExitCode *int32 // of its last run; nil if no run has ended
	Time     string // when its last run ended, in the date format of the machine
	Log      string // path in the image of its output; empty if there is none
}

// Failed reports whether an action has failed.
func (r Results) Failed() bool {
	return r.State == Stopped || slices.ContainsFunc(r.Actions, func(a Result) bool { return a.State == "failed" && r.State == Finished })
}

// ReadResults reads the records of the machine to which an image was deployed, or from
// which it was captured. If the queue has not begun there, its records are those of
// another deployment and do not count: the driver removes them, too.
func (q *Queue) ReadResults(reg image.Registry) (Results, error) {
	actions, err := q.QueuedActions()
	if err != nil {
		return Results{}, err
	}
	r := Results{State: NoQueue}
	for _, a := range actions {
		r.State = Queued
		r.Actions = append(r.Actions, Result{ID: a.ID, Title: a.Title, State: Queued})
	}
	if len(actions) > 0 {
		if _, err := q.files.Stat(started); errors.Is(err, fs.ErrNotExist) {
			return r, nil
		} else if err != nil {
			return r, err
		}
	}
	if state, err := text(reg, records, "State"); err != nil {
		return r, err
	} else if state != "" {
		r.State = state
	}
	if err := r.addRecords(reg); err != nil {
		return r, err
	}
	return r, r.addLogs(q.files)
}

// addRecords adds the registry's record of each action.
func (r *Results) addRecords(reg image.Registry) error {
	ids, err := reg.Subkeys(records)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	slices.SortFunc(ids, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	for _, id := range ids {
		i := slices.IndexFunc(r.Actions, func(a Result) bool { return strings.EqualFold(a.ID, id) })
		if i < 0 {
			i, r.Actions = len(r.Actions), append(r.Actions, Result{ID: id})
		}
		a := &r.Actions[i]
		state, err := text(reg, records+`\`+id, "State")
		if err != nil {
			return err
		}
		a.State = cmp.Or(state, a.State, "unknown")
		if a.Time, err = text(reg, records+`\`+id, "Time"); err != nil {
			return err
		}
		v, err := reg.Value(records+`\`+id, "ExitCode")
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case v.Type == hive.RegDword && len(v.Data) == 4:
			n := int32(uint32(v.Data[0]) | uint32(v.Data[1])<<8 | uint32(v.Data[2])<<16 | uint32(v.Data[3])<<24)
			a.ExitCode = &n
		}
	}
	return nil
}

// addLogs adds the names of the existing logs.
func (r *Results) addLogs(files image.Files) error {
	there := func(name string) (string, error) {
		_, err := files.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			return "", nil
		}
		return name, err
	}
	var err error
	if r.Log, err = there(path.Join(logs, "first-boot.log")); err != nil {
		return err
	}
	for i := range r.Actions {
		// Here an ID may be the name of any key, but must not be a path.
		if (image.Action{ID: r.Actions[i].ID, Interpreter: image.Cmd}).Check() != nil {
			continue
		}
		if r.Actions[i].Log, err = there(path.Join(logs, "first-boot-"+r.Actions[i].ID+".log")); err != nil {
			return err
		}
	}
	return nil
}

// text returns a string value; empty if it does not exist.
func text(reg image.Registry, key, name string) (string, error) {
	v, err := reg.Value(key, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && v.Type != hive.RegSZ {
		return "", nil
	}
	return hive.DecodeString(v.Data), err
}
