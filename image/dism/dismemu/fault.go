package dismemu

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/ground/durable"
)

// Fault is something that goes wrong on purpose: in the nth run, counted from 1,
// or in the nth of those with one command.
type Fault struct {
	Nth     int
	Command string // name of the command, without the slash; empty: any
	Kind    string // see faultKinds
	Code    uint32 // of code, half and part
}

// faultKinds says what may go wrong.
var faultKinds = map[string]string{
	"code": "fail before anything is done",
	"half": "fail when all is done, without a word of that",
	"part": "of several packages, fail on the last one",
	"lie":  "do nothing, and say that all went well",
	"left": "start a process in the middle of the work that outlives it, at work on the image and with its output open",
	"hang": "stop in the middle of the work and never end",
	"die":  "end in the middle of the work without a word, as a process that is killed",
	"full": "fail in the middle of the work for lack of room",
	"open": "find files open: the image can't be unmounted or committed this time",
}

// ParseFault reads one fault: [COMMAND@]N:KIND[=CODE], as in
//
//	3:code=0x800f0922          the third run fails
//	Commit-Image@2:hang        the second commit never ends
//	Unmount-Image@1:open       the first time, files are open
func ParseFault(s string) (Fault, error) {
	where, what, ok := strings.Cut(s, ":")
	f := Fault{}
	if command, nth, named := strings.Cut(where, "@"); named {
		f.Command, where = command, nth
	}
	n, err := strconv.Atoi(where)
	kind, code, coded := strings.Cut(what, "=")
	f.Nth, f.Kind = n, kind
	if coded && err == nil {
		var c uint64
		c, err = strconv.ParseUint(code, 0, 32)
		f.Code = uint32(c)
	}
	needs := kind == "code" || kind == "half" || kind == "part"
	if !ok || err != nil || n < 1 || faultKinds[kind] == "" || needs != coded {
		return Fault{}, fmt.Errorf("fault %q: it is written as [COMMAND@]N:KIND, with code=0x800f0922, half=0x800f0922, part=0x800f0823, lie, left, hang, die, full or open as KIND", s)
	}
	return f, nil
}

// faults are those of one run.
type faults []Fault

// due returns the faults of this run, and counts it.
func (r *run) due(cmd *command) (faults, error) {
	if r.Fault == "" {
		return nil, nil
	}
	counts, err := r.count(cmd)
	if err != nil {
		return nil, err
	}
	var due faults
	for s := range strings.SplitSeq(r.Fault, ",") {
		f, err := ParseFault(strings.TrimSpace(s))
		if err != nil {
			return nil, err
		}
		if name := strings.ToLower(f.Command); counts[name] == f.Nth && (name == "" || name == strings.ToLower(cmd.name)) {
			due = append(due, f)
		}
	}
	return due, nil
}

// count counts the runs, by command and all.
func (r *run) count(cmd *command) (map[string]int, error) {
	if err := durable.MkdirAll(r.State); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(r.State, "runs.lock"))
	if err := lock.Lock(); err != nil {
		return nil, err
	}
	defer lock.Close()
	counts := map[string]int{}
	data, err := os.ReadFile(filepath.Join(r.State, "runs.json"))
	if err == nil {
		err = json.Unmarshal(data, &counts)
	}
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	counts[""]++
	counts[strings.ToLower(cmd.name)]++
	if data, err = json.Marshal(counts); err != nil {
		return nil, err
	}
	return counts, save(r.State, "runs.json", data)
}

func (fs faults) kind(kind string) (Fault, bool) {
	i := slices.IndexFunc(fs, func(f Fault) bool { return f.Kind == kind })
	if i < 0 {
		return Fault{}, false
	}
	return fs[i], true
}

// before is what goes wrong instead of the command. Open files come in the way of
// /Unmount-Image later.
func (r *run) before(cmd *command) error {
	if f, ok := r.faults.kind("code"); ok {
		return r.injected(cmd, f.Code)
	}
	if _, ok := r.faults.kind("open"); ok && cmd.name != "Unmount-Image" {
		return known(errOpenFiles)
	}
	return nil
}

// midway is where a command has done a part of its work. If something is to go
// wrong there, cut leaves what is half done in the state that it is left in then.
func (r *run) midway(cut func() error) error {
	if _, leaves := r.faults.kind("left"); leaves && r.Leave != nil && !r.left {
		r.left = true
		if err := r.Leave(r.busyFile()); err != nil {
			return err
		}
	}
	_, hangs := r.faults.kind("hang")
	_, dies := r.faults.kind("die")
	_, full := r.faults.kind("full")
	if !hangs && !dies && !full {
		return nil
	}
	if hangs {
		r.out.bar(12.3)
		for r.ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
	}
	if cut != nil {
		if err := cut(); err != nil {
			return err
		}
	}
	if full {
		return known(errDiskFull)
	}
	return errDied
}

// after is what goes wrong when the command is done.
func (r *run) after(cmd *command) error {
	if f, ok := r.faults.kind("half"); ok {
		return r.injected(cmd, f.Code)
	}
	return nil
}
