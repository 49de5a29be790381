package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gildhq/gild/internal/crash"
)

// crashMatrix asks for all cuts, and for their numbers.
var crashMatrix = flag.String("crash-matrix", "", "cut every system call in every way, and put the numbers into this `document`")

// ways are those in which a run is disturbed at a call.
var ways = []disturbance{
	{Cut: crash.Cut{How: crash.Before}}, {Cut: crash.Cut{How: crash.During}}, {Cut: crash.Cut{How: crash.After}},
	{Cut: crash.Cut{How: crash.NoRoom}}, {Cut: crash.Cut{How: crash.Broken}},
	{Cut: crash.Cut{How: crash.Stop}}, {Cut: crash.Cut{How: crash.Term}}, {Cut: crash.Cut{How: crash.Twice}},
	{Cut: crash.Cut{How: crash.Meet}}, {Cut: crash.Cut{How: crash.After}, clock: true},
}

// everywhere is every call disturbed in every way.
func everywhere(points []crash.Point) []disturbance {
	var all []disturbance
	for i := range points {
		for _, d := range ways {
			d.N = i + 1
			all = append(all, d)
		}
	}
	return all
}

var changing = regexp.MustCompile(`[0-9a-f]{4,}|[0-9]+`) // names that differ from run to run, and from file to file

// somewhere is one disturbance for each class of calls: the same call on the same
// sort of file, in the same folder.
func somewhere(points []crash.Point) []disturbance {
	classes := map[string][]int{}
	for i, p := range points {
		class := p.Call + " " + changing.ReplaceAllString(filepath.Base(filepath.Dir(p.Path)), "") + " " + filepath.Ext(p.Path)
		classes[class] = append(classes[class], i+1)
	}
	var some []disturbance
	for i, class := range slices.Sorted(maps.Keys(classes)) {
		d, at := ways[i%len(ways)], classes[class]
		d.N = at[len(at)/2]
		some = append(some, d)
	}
	return some
}

// TestCrashMatrix disturbs runs at system calls and lets the power go, with both
// backends. What is left must be the old output or the new one, and the next run
// must end as if nothing had happened.
func TestCrashMatrix(t *testing.T) {
	emulated, err := exec.LookPath("dism")
	if err != nil {
		t.Fatal(err)
	}
	var rows sync.Mutex
	for _, test := range []struct {
		name string
		env  []string
		extent
	}{
		{"offline", nil, extent{every: 1, lots: 4, sample: 50}},
		{"dism", []string{"GILD_DISM=" + emulated}, extent{every: 3, lots: 1, sample: 20}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newCrashBench(t, test.env...)
			whole := b.disturb(t, disturbance{})
			if whole.Exit != 0 || len(whole.Points) < 50 {
				t.Fatalf("exit code %d, %d calls", whole.Exit, len(whole.Points))
			}
			list := spread(somewhere(whole.Points), test.sample)
			if *crashMatrix != "" {
				all := everywhere(whole.Points)
				list = spread(all, len(all)/test.every)
			}
			var states atomic.Int64
			t.Run("all", func(t *testing.T) {
				for n := range workers {
					t.Run(fmt.Sprint(n), func(t *testing.T) {
						t.Parallel()
						for i := n; i < len(list); i += workers {
							b.disturb(t, list[i])
						}
						states.Add(int64(b.losePower(t, test.extent, n)))
					})
				}
			})
			row := fmt.Sprintf("| `%s` | %d | %d | %d | 0 |", test.name, len(whole.Points), len(list), states.Load())
			t.Log(row)
			if *crashMatrix != "" && !t.Failed() {
				rows.Lock()
				defer rows.Unlock()
				setRow(t, *crashMatrix, row)
			}
		})
	}
}

// workers is into how many parts a matrix is divided, for the processors there are.
const workers = 4

// extent says how much is looked at.
type extent struct {
	every  int // one of so many disturbances, each way at other calls, and losses of power
	lots   int // at each operation, for each loss of power that is drawn by lot
	sample int // of both, where not everything is asked for
}

// spread returns n of a list, from all of it.
func spread[T any](list []T, n int) []T {
	n = min(n, len(list))
	some := make([]T, n)
	for i := range some {
		some[i] = list[i*len(list)/n]
	}
	return some
}

// losePower records a run, and lets another one go on from what a loss of power may
// leave of it: from every operation on, as far as they are this worker's.
func (b *crashBench) losePower(t *testing.T, e extent, worker int) (states int) {
	t.Helper()
	dir := b.copy(t)
	log, r, err := crash.Record(b.traced(t, dir), dir)
	if err != nil || r.Exit != 0 {
		t.Fatal(r.Exit, err)
	}
	seen := map[[32]byte]bool{}
	for i, m := range e.moments(log.Len()) {
		if i%workers != worker {
			continue
		}
		disk := log.After(m.n, m.loss, m.seed)
		if sum := disk.Sum(); seen[sum] {
			continue
		} else {
			seen[sum] = true
		}
		if err := disk.Put(dir); err != nil {
			t.Fatal(err)
		}
		when := fmt.Sprintf("power lost after operation %d of %d: %s %d", m.n, log.Len(), m.loss, m.seed)
		b.checkOutput(t, dir, when, "")
		b.next(t, dir, when, "")
		states++
	}
	return states
}

// moment is a loss of power.
type moment struct {
	n    int // operations
	loss crash.Loss
	seed uint64
}

// moments lists the losses of power that are looked at.
func (e extent) moments(operations int) []moment {
	var all []moment
	for n := 1; n <= operations; n++ {
		for _, loss := range crash.Losses {
			all = append(all, moment{n, loss, 0})
			for seed := 1; loss.Drawn() && seed < e.lots; seed++ {
				all = append(all, moment{n, loss, uint64(seed)})
			}
		}
	}
	if *crashMatrix != "" {
		return spread(all, len(all)/e.every)
	}
	return spread(all, e.sample)
}

// setRow replaces the row of a document that begins like the given one.
func setRow(t *testing.T, name, row string) {
	t.Helper()
	head, _, _ := strings.Cut(row[2:], "|")
	lines := strings.Split(string(readFile(t, name)), "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "| "+head+"|") })
	if i < 0 {
		t.Fatalf("%s has no row that begins with %s", name, head)
	}
	lines[i] = row
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o666); err != nil {
		t.Fatal(err)
	}
}
