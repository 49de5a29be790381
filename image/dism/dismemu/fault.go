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

// Fault is a deliberate failure of the nth run of DISM, or of the nth run of one command,
// counted from 1.
type Fault struct {
	Nth     int
	Command string // name of the command, without the slash; empty: any
	Kind    string // see faultKinds
	Code    uint32 // for the kinds code, half and part
}

// faultKinds describes the kinds of faults.
var faultKinds = map[string]string{
	"code": "fail before doing anything",
	"half": "fail after doing everything",
	"part": "fail on the last of several packages",
	"lie":  "do nothing and report success",
	"left": "start a process that works on the image, keeps the output open and outlives DISM",
	"hang": "hang in the middle of the work",
	"die":  "end in the middle of the work without output, as a killed process does",
	"full": "fail in the middle of the work because the disk is full",
	"open": "find open files, so that the image can't be unmounted or committed this time",
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

// faults are the faults of one run.
type faults []Fault

// due counts this run and returns its faults.
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

// count counts this run, and returns the number of runs by command, and of all under "".
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

// before returns the fault that happens instead of the command. /Unmount-Image handles open
// files itself, later.
func (r *run) before(cmd *command) error {
	if f, ok := r.faults.kind("code"); ok {
		return r.injected(cmd, f.Code)
	}
	if _, ok := r.faults.kind("open"); ok && cmd.name != "Unmount-Image" {
		return known(errOpenFiles)
	}
	return nil
}

// midway is called when a command has done part of its work. If a fault is due there, cut
// first leaves the incomplete work as the real DISM would.
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

// after returns the fault that happens after the command.
func (r *run) after(cmd *command) error {
	if f, ok := r.faults.kind("half"); ok {
		return r.injected(cmd, f.Code)
	}
	return nil
}
