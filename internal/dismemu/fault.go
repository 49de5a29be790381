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
)

// Fault is something that goes wrong on purpose: in the nth run, counted from 1,
// or in the nth of those with one command.
type Fault struct {
	Nth     int
	Command string // name of the command, without the slash; empty: any
	Kind    string // code, half, hang, die, full, open
	Code    uint32 // of code and half
}

// faultKinds says what may go wrong.
var faultKinds = map[string]string{
	"code": "fail before anything is done",
	"half": "fail when all is done, without a word of that",
	"hang": "never end",
	"die":  "end without a word when all is done",
	"full": "fail for lack of room, before anything is done",
	"open": "leave files open: the image can't be unmounted until the next try but one",
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
	needs := kind == "code" || kind == "half"
	if !ok || err != nil || n < 1 || faultKinds[kind] == "" || needs != coded {
		return Fault{}, fmt.Errorf("fault %q: it is written as [COMMAND@]N:KIND, with code=0x800f0922, half=0x800f0922, hang, die, full or open as KIND", s)
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
	name := filepath.Join(r.State, "runs.json")
	counts := map[string]int{}
	data, err := os.ReadFile(name)
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
	return counts, r.save("runs.json", data)
}

func (fs faults) kind(kind string) (Fault, bool) {
	i := slices.IndexFunc(fs, func(f Fault) bool { return f.Kind == kind })
	if i < 0 {
		return Fault{}, false
	}
	return fs[i], true
}

// before is what goes wrong instead of the command.
func (fs faults) before(r *run) error {
	if f, ok := fs.kind("code"); ok {
		return fail(f.Code, "The operation failed, as it was told to.")
	}
	if _, ok := fs.kind("full"); ok {
		return fail(errDiskFull, "There is not enough space on the disk.")
	}
	if _, ok := fs.kind("open"); ok {
		return fail(errOpenFiles, "The directory could not be completely unmounted. This is usually due to applications that still have files opened within the mount directory.")
	}
	if _, ok := fs.kind("hang"); ok {
		r.out.bar(12.3)
		for r.ctx.Err() == nil {
			time.Sleep(20 * time.Millisecond)
		}
		return r.ctx.Err()
	}
	return nil
}

// after is what goes wrong when the command is done.
func (fs faults) after(*run) error {
	if f, ok := fs.kind("half"); ok {
		return fail(f.Code, "The operation failed, as it was told to.")
	}
	if _, ok := fs.kind("die"); ok {
		return fail(1067, "The process terminated unexpectedly.")
	}
	return nil
}
