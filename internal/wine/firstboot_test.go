package wine_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/memory"
	"github.com/gildhq/gild/internal/wine/machine/play"
)

// The ways in which the queue is called: by Setup, at its end, by the scheduled task,
// and by hand.
const (
	setup   = `/d /c ""%SystemRoot%\Setup\Scripts\SetupComplete.cmd""`
	startup = `/d /c ""%SystemRoot%\Setup\Scripts\gild\first-boot.cmd" startup"`
	byHand  = `/d /c ""%SystemRoot%\Setup\Scripts\gild\first-boot.cmd""`
)

// forWine writes what Wine's cmd.exe does not know in another way; see the file limits.
var forWine = strings.NewReplacer(
	`/c "call "%GILD_FILE%""`, `/c ""%GILD_FILE%""`,
	` & set "GILD_HEX=%=ExitCode%"`, "\r\nfor /f %%h in ('hex.exe %GILD_CODE%') do set \"GILD_HEX=%%h\"",
	`(goto) 2>nul & rd /s /q "%GILD_DIR%"`, `exit 0`,
)

// machine is one with an image's queue.
type machine struct {
	*testing.T
	folder, exe string
	session     image.Session
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	b, err := memory.New(map[string]memory.Image{"image": {}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Open(t.Context(), image.Ref{Path: "image"}, image.OpenOptions{Write: true, Clock: time.Unix(1e9, 0)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &machine{t, t.TempDir(), machineProgram(t), s}
}

func machineProgram(t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "machine.exe")
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", exe, "./machine")
	cmd.Env = append(os.Environ(), "GOOS=windows", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exe
}

func (m *machine) job(list ...bootjob.Job) {
	m.Helper()
	for _, j := range list {
		if err := bootjob.Queue(m.Context(), m.session, j); err != nil {
			m.Fatal(err)
		}
	}
}

// play deploys the queue and plays the starts.
func (m *machine) play(p play.Play) []play.Told {
	m.Helper()
	if err := m.session.(interface{ Flush() error }).Flush(); err != nil { // the queue is written once for all jobs
		m.Fatal(err)
	}
	files := m.session.(image.Files)
	err := fs.WalkDir(files, "Windows/Setup", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		m.put(name, []byte(forWine.Replace(string(data))))
		return err
	})
	if err != nil {
		m.Fatal(err)
	}
	data, err := json.Marshal(p)
	if err != nil {
		m.Fatal(err)
	}
	m.put("play.json", data)
	cmd := exec.Command("./run", m.exe)
	var names []string
	for _, p := range play.Programs {
		names = append(names, p[strings.LastIndex(p, `\`)+1:])
	}
	cmd.Env = append(os.Environ(), "GILD_WINE_NATIVE="+strings.Join(names, ","), "MACHINE=Z:"+strings.ReplaceAll(m.folder, "/", `\`))
	if out, err := cmd.CombinedOutput(); err != nil {
		m.Fatalf("%v\n%s", err, out)
	}
	var told []play.Told
	if err := json.Unmarshal([]byte(m.read("told.json")), &told); err != nil {
		m.Fatal(err)
	}
	return told
}

func (m *machine) put(name string, data []byte) {
	m.Helper()
	file := filepath.Join(m.folder, filepath.FromSlash(name))
	err := os.MkdirAll(filepath.Dir(file), 0o777)
	if err == nil {
		err = os.WriteFile(file, data, 0o777)
	}
	if err != nil {
		m.Fatal(err)
	}
}

func (m *machine) read(name string) string {
	m.Helper()
	data, err := os.ReadFile(filepath.Join(m.folder, filepath.FromSlash(name)))
	if err != nil {
		m.Fatal(err)
	}
	return string(data)
}

func payload(files ...string) image.Payload {
	var p image.Payload
	for i := 0; i < len(files); i += 2 {
		data := []byte(files[i+1])
		sum := sha256.Sum256(data)
		p.Files = append(p.Files, image.PayloadFile{Name: files[i], Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }})
	}
	return p
}

func feature(name string, p image.Payload) bootjob.Job {
	return bootjob.Job{
		Kind: "feature", Name: name, Title: "Enable " + name, Stage: bootjob.StageFeature,
		Commands: []bootjob.Command{{Args: []string{"/Enable-Feature", "/FeatureName:" + name, "/Source:" + p.Path("sxs"), "100% & (x)"}, OK: []uint32{0x800f0806}}},
		Test: bootjob.Test{
			Ask: []string{"/Get-FeatureInfo", "/FeatureName:" + name}, Done: []string{"State : Enabled"}, Pending: []string{"State : Enable Pending"},
		},
		Payloads: []image.Payload{p},
	}
}

const (
	enabled, disabled, pending = "Enabled", "Disabled", "Enable Pending"

	sourceNotFound = -2146498529 // 0x800F081F CBS_E_SOURCE_MISSING
	pendingWork    = -2146498554 // 0x800F0806 CBS_E_PENDING, which jobs of features take for success
)

func needsWine(t *testing.T) {
	t.Helper()
	if os.Getenv("GILD_WINE") == "" {
		t.Skip("make wine runs it")
	}
}

// TestFirstBootSituations has one job in each situation that one may come into, in
// one queue, and each goes on after a failure.
func TestFirstBootSituations(t *testing.T) {
	needsWine(t)
	m := newMachine(t)
	files := payload("sxs/a b & (1).cab", "cabinet", "sxs/empty", "")
	damaged, missing := payload("sxs/a.cab", "damaged"), payload("sxs/b c.cab", "missing")
	things := map[string]play.Thing{}
	type result struct {
		state string
		exit  int32
		acts  bool
		says  string
	}
	want := map[string]result{}
	for _, c := range []struct {
		name  string
		thing play.Thing
		files image.Payload
		result
	}{
		{"ToDo", play.Thing{State: disabled, After: enabled}, files, result{"done", 0, true, "Done."}},
		{"DoneAlready", play.Thing{State: enabled}, files, result{"done", 0, false, "Done."}},
		{"WaitsAlready", play.Thing{State: pending}, files, result{"pending", 3010, false, "restart"}},
		{"NeedsRestart", play.Thing{State: disabled, After: pending, Exit: 3010}, files, result{"pending", 3010, true, "restart"}},
		{"EnabledAndNeedsRestart", play.Thing{State: disabled, After: enabled, Exit: 3010}, files, result{"pending", 3010, true, "restart"}},
		{"NoSuccess", play.Thing{State: disabled}, files, result{"failed", bootjob.ExitNotDone, true, "does not say"}},
		{"Fails", play.Thing{State: disabled, Exit: sourceNotFound}, files, result{"failed", sourceNotFound, true, "Failed with exit code -2146498529"}},
		{"FailsButDone", play.Thing{State: disabled, After: enabled, Exit: 87}, files, result{"done", 0, true, "Done."}},
		{"CodeOfSuccess", play.Thing{State: disabled, After: enabled, Exit: pendingWork}, files, result{"done", 0, true, "Done."}},
		{"DamagedFile", play.Thing{State: disabled, After: enabled}, damaged, result{"failed", bootjob.ExitDamaged, false, "Damaged, its SHA-256 is"}},
		{"MissingFile", play.Thing{State: disabled, After: enabled}, missing, result{"failed", bootjob.ExitDamaged, false, "Missing"}},
	} {
		j := feature(c.name, c.files)
		j.GoOn = true
		m.job(j)
		things[c.name], want[c.name] = c.thing, c.result
	}
	told := m.play(play.Play{Starts: []play.Start{{Line: setup, Things: things, Put: map[string]string{
		inWindows(damaged, "sxs/a.cab"): "DAMAGED", inWindows(missing, "sxs/b c.cab"): "",
	}}}})[0]
	for name, w := range want {
		id := bootjob.ID("feature", name)
		got, acted := told.Results[id], len(calls(told, "/Enable-Feature", "/FeatureName:"+name)) > 0
		if got["State"] != w.state || got["ExitCode"] != fmt.Sprint(w.exit) || acted != w.acts || !strings.Contains(m.log(id), w.says) {
			t.Errorf("%s: registry %v, DISM called %v, printed\n%s", name, got, acted, m.log(id))
		}
	}
	if t.Failed() {
		t.Logf("%s\n%s", m.log(""), told.Printed)
	}
	source := "/Source:" + `C:\windows\` + inWindows(files, "sxs")
	if c := calls(told, "/Enable-Feature", "/FeatureName:ToDo"); len(c) != 1 || !slices.Equal(c[0][len(c[0])-4:], []string{"/Enable-Feature", "/FeatureName:ToDo", source, "100% & (x)"}) {
		t.Errorf("arguments got to DISM as %q", c)
	}
}

// TestFirstBootStops has a job fail that the others do not go on without, and goes
// on by hand when it is repaired, over a restart. What the image brings along from
// the machine it was captured on does not count.
func TestFirstBootStops(t *testing.T) {
	needsWine(t)
	m := newMachine(t)
	first, second := feature("First", payload("sxs/x.cab", "x")), feature("Second", payload("sxs/y.cab", "y"))
	second.Place = 1
	m.job(second, first)
	a, b := bootjob.ID("feature", "First"), bootjob.ID("feature", "Second")
	told := m.play(play.Play{
		Results: map[string]string{a: "done", b: "done"},
		Starts: []play.Start{
			{Line: setup, Things: map[string]play.Thing{"First": {State: disabled, Exit: sourceNotFound}, "Second": {State: disabled, After: enabled}}},
			{Line: byHand, Things: map[string]play.Thing{"First": {State: disabled, After: pending, Restarted: enabled, Exit: 3010}}},
			{Line: byHand},
		},
	})
	m.states("a failure", told[0], map[string]string{"": "stopped", a: "failed", b: ""})
	if exit := told[0].Results[a]["ExitCode"]; exit != fmt.Sprint(sourceNotFound) || told[0].Task {
		t.Errorf("a failure: recorded %s, task %v", exit, told[0].Task)
	}
	m.states("repaired", told[1], map[string]string{"": "restarting", a: "pending", b: "done"})
	var order []string
	for _, c := range calls(told[1], "/Enable-Feature") {
		order = append(order, c[7])
	}
	if !told[1].Restart || !told[1].Task || !slices.Equal(order, []string{"/FeatureName:First", "/FeatureName:Second"}) {
		t.Errorf("repaired: restart %v, task %v, %v", told[1].Restart, told[1].Task, order)
	}
	m.states("the end", told[2], map[string]string{"": "finished", a: "done", b: "done"})
	if told[2].Task || len(calls(told[2], "/Enable-Feature")) != 0 {
		t.Errorf("the end: task %v, %v", told[2].Task, told[2].Calls)
	}
	if t.Failed() {
		t.Log(m.log(""))
	}
}

// states compares the states in the registry, those of the queue and of actions.
func (m *machine) states(when string, told play.Told, want map[string]string) {
	m.Helper()
	for id, state := range want {
		if got := told.Results[id]["State"]; got != state {
			m.Errorf("%s: the state of %q is %q and not %q", when, id, got, state)
		}
	}
}

// calls are those of programs with all of the words.
func calls(told play.Told, words ...string) [][]string {
	var found [][]string
	for _, c := range told.Calls {
		if !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(c, w) }) {
			found = append(found, c)
		}
	}
	return found
}

// inWindows is where a file of a payload is on the machine, below C:\windows.
func inWindows(p image.Payload, name string) string {
	return strings.ReplaceAll(strings.TrimPrefix(p.Folder(), "Windows/")+"/"+name, "/", `\`)
}

// log is the log of an action, or that of the queue.
func (m *machine) log(id string) string {
	m.Helper()
	if id != "" {
		id = "-" + id
	}
	return m.read("after/first-boot" + id + ".log")
}

const (
	busy      = -2146498302 // 0x800F0902 CBS_E_BUSY
	oobe      = `SYSTEM\Setup|OOBEInProgress`
	command   = `SOFTWARE\Microsoft\Windows\CurrentVersion\RunOnce|Unattend0000000001{5F7A4E5B-1A2B-4C3D-8E9F-001122334455}`
	enrolment = `SOFTWARE\Microsoft\Windows\Autopilot\EnrollmentStatusTracking\Device\Setup|HasProvisioningCompleted`
)

// handedOver checks that Setup was not kept waiting: the task was started to go on.
func (m *machine) handedOver(told play.Told) {
	m.Helper()
	if told.Waited != 0 || told.Restart || len(calls(told, "schtasks", "/run")) != 1 {
		m.Errorf("Setup was kept waiting %d seconds, restart %v, %q", told.Waited, told.Restart, calls(told, "schtasks"))
	}
}

// TestFirstBootHangs has a program not end: it is ended when its limit has passed, tried
// again when Setup has ended, and then at the next start.
func TestFirstBootHangs(t *testing.T) {
	needsWine(t)
	m := newMachine(t)
	first, second := feature("First", payload("sxs/x.cab", "x")), feature("Second", payload("sxs/y.cab", "y"))
	second.Place = 1
	m.job(first, second)
	a, b := bootjob.ID("feature", "First"), bootjob.ID("feature", "Second")
	hangs := map[string]play.Thing{"First": {State: disabled, Hangs: true}, "Second": {State: disabled, After: enabled}}
	told := m.play(play.Play{Starts: []play.Start{
		{Line: setup, Things: hangs}, {Line: startup}, {Line: startup, Things: map[string]play.Thing{"First": {State: disabled, After: enabled}}},
	}})
	m.states("in Setup", told[0], map[string]string{"": "waiting", a: "waiting", b: ""})
	m.handedOver(told[0])
	m.states("after Setup", told[1], map[string]string{"": "waiting", a: "failed", b: ""})
	if exit := told[1].Results[a]["ExitCode"]; exit != fmt.Sprint(image.ExitTimeout) || !told[1].Task {
		t.Errorf("recorded %s, task %v", exit, told[1].Task)
	}
	m.states("at the next start", told[2], map[string]string{"": "finished", a: "done", b: "done"})
	m.logged()
}

// TestFirstBootPasses has a program fail in ways that pass: within a start, at the next
// one, and never.
func TestFirstBootPasses(t *testing.T) {
	needsWine(t)
	m := newMachine(t)
	m.job(feature("Feature", payload("sxs/x.cab", "x")))
	id := bootjob.ID("feature", "Feature")
	fails := func(times int) map[string]play.Thing {
		return map[string]play.Thing{"Feature": {State: disabled, After: enabled, Exits: slices.Repeat([]int32{busy}, times)}}
	}
	starts := []play.Start{{Line: setup, Things: fails(1 + 2)}, {Line: startup}}
	told := m.play(play.Play{Starts: starts})
	m.states("in Setup", told[0], map[string]string{"": "waiting", id: "waiting"})
	m.handedOver(told[0])
	m.states("after Setup", told[1], map[string]string{"": "finished", id: "done"})
	if w := told[1].Waited; w < 170 || w > 190 {
		t.Errorf("between three tries %d seconds passed", w)
	}
	fourth := play.Event{Values: map[string]string{`SOFTWARE\gild\FirstBoot\` + id + `|Starts`: "4"}}
	starts = []play.Start{{Line: startup, Things: fails(1000)}, {Line: startup, Events: []play.Event{fourth}}}
	for i, told := range m.play(play.Play{Starts: starts}) {
		last := i == len(starts)-1
		want := map[bool]string{false: "waiting", true: "stopped"}[last]
		m.states(fmt.Sprint("start ", i+1), told, map[string]string{"": want, id: "failed"})
		if n := len(calls(told, "/Enable-Feature")); n != 6 {
			t.Errorf("start %d: %d tries", i+1, n)
		}
	}
	m.logged()
}

// TestFirstBootNetwork has a job wait for the end of Setup, and for a network.
func TestFirstBootNetwork(t *testing.T) {
	needsWine(t)
	m := newMachine(t)
	before, waits, behind := feature("Before", payload("sxs/x.cab", "x")), feature("Waits", payload("sxs/x.cab", "x")), feature("Behind", payload("sxs/x.cab", "x"))
	waits.When, waits.Place, behind.Place = image.WithNetwork, 1, 2
	m.job(before, waits, behind)
	id := func(name string) string { return bootjob.ID("feature", name) }
	todo := play.Thing{State: disabled, After: enabled}
	inSetup := play.Event{Values: map[string]string{oobe: "1"}}
	told := m.play(play.Play{Starts: []play.Start{
		{Line: setup, Things: map[string]play.Thing{"Before": todo, "Waits": todo, "Behind": todo}, Events: []play.Event{inSetup}},
		{Line: startup, Events: []play.Event{inSetup, {After: 20, Values: map[string]string{oobe: "0"}}, {After: 150, Network: true}}},
	}})
	m.states("in Setup", told[0], map[string]string{"": "waiting", id("Before"): "done", id("Waits"): "waiting", id("Behind"): ""})
	m.handedOver(told[0])
	m.states("with a network", told[1], map[string]string{"": "finished", id("Waits"): "done", id("Behind"): "done"})
	if a, b := told[0].Results[id("Waits")]["Tries"], told[1].Results[id("Waits")]["Tries"]; a != "0" || b != "1" {
		t.Errorf("what waits counts as %s tries, and as %s when it has been done", a, b)
	}
	if w := told[1].Waited; w < 150 || w > 250 || !strings.Contains(m.log(""), "waits for a network") {
		t.Errorf("%d seconds were waited", w)
	}
	m.logged()
}

// TestFirstBootRestartWaits has a restart wait for the end of Setup, of first log-on
// commands and of enrolment.
func TestFirstBootRestartWaits(t *testing.T) {
	needsWine(t)
	m := newMachine(t)
	m.job(feature("Feature", payload("sxs/x.cab", "x")))
	id := bootjob.ID("feature", "Feature")
	todo := map[string]play.Thing{"Feature": {State: disabled, After: pending, Restarted: enabled, Exit: 3010}}
	under := play.Event{Values: map[string]string{oobe: "1", command: "cmd /c x", enrolment: "0"}}
	told := m.play(play.Play{Starts: []play.Start{
		{Line: setup, Things: todo, Events: []play.Event{under}},
		{Line: startup, Events: []play.Event{under, {After: 20, Values: map[string]string{oobe: "0"}}, {After: 200, Values: map[string]string{command: ""}}, {After: 400, Values: map[string]string{enrolment: "1"}}}},
		{Line: startup},
	}})
	m.states("in Setup", told[0], map[string]string{"": "restarting", id: "pending"})
	m.handedOver(told[0])
	if w := told[1].Waited; !told[1].Restart || w < 700 || w > 800 {
		t.Errorf("restart %v after %d seconds", told[1].Restart, w)
	}
	m.states("the end", told[2], map[string]string{"": "finished", id: "done"})
	if told[2].Waited != 0 {
		t.Errorf("waited %d seconds for nothing", told[2].Waited)
	}
	m.logged()
}

// TestFirstBootEdition has changepk.exe restart the machine by itself, and hang; where
// Setup has changed the edition, nothing waits.
func TestFirstBootEdition(t *testing.T) {
	needsWine(t)
	m := newMachine(t)
	m.job(bootjob.Job{
		Kind: "edition", Name: "edition", Title: "Change the edition", Stage: bootjob.StageEdition, Alone: true, When: image.AfterSetup,
		Commands:    []bootjob.Command{{Program: "changepk.exe", Args: []string{"/ProductKey", "%PRODUCT_KEY%"}, Restarts: true}},
		Test:        bootjob.Test{Ask: []string{"/Get-CurrentEdition"}, Done: []string{"Current Edition : Professional"}},
		Environment: map[string]string{"PRODUCT_KEY": "AAAAA-EEEEE-IIIII-OOOOO-UUUUU"},
	})
	id := bootjob.ID("edition", "edition")
	told := m.play(play.Play{Starts: []play.Start{
		{Line: setup, Things: map[string]play.Thing{"edition": {State: "Core", Hangs: true}}},
		{Line: startup},
		{Line: startup, Things: map[string]play.Thing{"edition": {State: "Core", After: "Professional", Cuts: true}}},
		{Line: startup},
	}})
	already := m.play(play.Play{Starts: []play.Start{{Line: setup, Things: map[string]play.Thing{"edition": {State: "Professional"}}}}})
	m.states("already", already[0], map[string]string{"": "finished", id: "done"})
	m.states("in Setup", told[0], map[string]string{"": "waiting", id: "waiting"})
	if c := calls(told[0], "changepk"); len(c) != 0 {
		t.Errorf("in Setup: %q", c)
	}
	m.states("a hang", told[1], map[string]string{"": "waiting", id: "failed"})
	if !told[2].Off {
		t.Error("the machine was not restarted meanwhile")
	}
	m.states("restarted meanwhile", told[3], map[string]string{"": "finished", id: "done"})
	if c := calls(told[2], "changepk"); len(c) != 1 || !slices.Equal(c[0], []string{"changepk", "/ProductKey", "AAAAA-EEEEE-IIIII-OOOOO-UUUUU"}) {
		t.Errorf("called as %q", c)
	}
	m.logged()
}

// TestFirstBootPrograms has pnputil.exe end with 259, no device for the driver, and 3010,
// certutil.exe fail, and the power fail within a job.
func TestFirstBootPrograms(t *testing.T) {
	needsWine(t)
	m := newMachine(t)
	driver := bootjob.Job{
		Kind: "driver", Name: "net.inf", Title: "Add a driver", Stage: bootjob.StageDriver,
		Commands: []bootjob.Command{{Program: "pnputil.exe", Args: []string{"/add-driver", "net.inf", "/install"}, OK: []uint32{259}}},
	}
	m.job(driver, feature("Feature", payload("sxs/x.cab", "x")))
	pnp, id := bootjob.ID("driver", "net.inf"), bootjob.ID("feature", "Feature")
	todo := play.Thing{State: disabled, After: enabled}
	off := todo
	off.Cuts, off.After = true, ""
	fails := play.Thing{Exit: -2146885628} // 0x80092004 CRYPT_E_NOT_FOUND
	told := m.play(play.Play{Starts: []play.Start{
		{Line: setup, Things: map[string]play.Thing{"pnputil": {Exits: []int32{3010}, Exit: 259}, "Feature": off}},
		{Line: startup},
		{Line: startup, Things: map[string]play.Thing{"Feature": todo, "certutil": fails}},
		{Line: byHand, Things: map[string]play.Thing{"certutil": {}}},
	}})
	m.states("3010, and off", told[0], map[string]string{"": "running", pnp: "pending", id: "running"})
	m.states("259, and off", told[1], map[string]string{"": "running", pnp: "done", id: "running"})
	m.states("no digest", told[2], map[string]string{"": "stopped", id: "failed"})
	if exit := told[2].Results[id]["ExitCode"]; exit != fmt.Sprint(bootjob.ExitDamaged) || len(calls(told[2], "/Enable-Feature")) != 0 {
		t.Errorf("no digest: %s, %q", exit, told[2].Calls)
	}
	m.states("repaired", told[3], map[string]string{"": "finished", id: "done"})
	m.logged()
}

// logged shows the log of the queue of a test that has failed.
func (m *machine) logged() {
	if m.Failed() {
		m.Log(m.log(""))
	}
}
