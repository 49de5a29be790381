package bootjob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/firstboot"
	"github.com/gildhq/gild/image/memory"
)

func open(t *testing.T) image.Session {
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
	return s
}

func queue(t *testing.T, s image.Session, jobs ...bootjob.Job) {
	t.Helper()
	for _, j := range jobs {
		if err := bootjob.Queue(t.Context(), s, j); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, s)
}

// flush writes into the files what has changed, as a commit does.
func flush(t *testing.T, s image.Session) {
	t.Helper()
	if err := s.(interface{ Flush() error }).Flush(); err != nil {
		t.Fatal(err)
	}
}

// payload is a folder of files, by name and content.
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

func feature(name string) bootjob.Job {
	p := payload("sxs/a b.cab", "cabinet")
	return bootjob.Job{
		Kind: "feature", Name: name, Title: "Enable " + name, Stage: bootjob.StageFeature,
		Commands: []bootjob.Command{{Args: []string{"/Enable-Feature", "/FeatureName:" + name, "/All", "/Source:" + p.Path("sxs"), "/LimitAccess"}, OK: []uint32{0x800f0806}}},
		Test: bootjob.Test{
			Ask: []string{"/Get-FeatureInfo", "/FeatureName:" + name}, Done: []string{"State : Enabled"}, Pending: []string{"State : Enable Pending"},
		},
		Payloads: []image.Payload{p},
		Data:     map[string]string{"all": "true", "größe": "𝄞\n%"},
	}
}

func actions(t *testing.T, s image.Session) []image.Action {
	t.Helper()
	list, err := s.(image.FirstBoot).QueuedActions()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestReadBack checks that jobs are read as they were queued.
func TestReadBack(t *testing.T) {
	s := open(t)
	full := feature("NetFx3")
	full.Place, full.Alone, full.GoOn, full.Absent, full.Stage = 7, true, true, true, bootjob.StagePackage
	full.When = image.WithNetwork
	full.Environment, full.Commands[0].OK = map[string]string{"TOKEN": "secret"}, []uint32{0x800f0806, 87}
	full.Commands = append(full.Commands, bootjob.Command{Program: "changepk.exe", Args: []string{"%TOKEN%", "100%"}, Restarts: true})
	full.Test.Gone = []string{"State : 50%"}
	bare := bootjob.Job{Kind: "cleanup", Name: "component store", Stage: bootjob.StageCleanup, Commands: []bootjob.Command{{Args: []string{"/Cleanup-Image", "/StartComponentCleanup"}}}}
	queue(t, s, full, bare)
	for _, want := range []bootjob.Job{full, bare} {
		got, found, err := bootjob.Queued(s, want.Kind, strings.ToUpper(want.Name))
		if err != nil || !found || !got.Equal(want) {
			t.Errorf("%s: %+v, %v, %v", want.ID(), got, found, err)
		}
		if !reflect.DeepEqual(got.Data, want.Data) || got.Environment["TOKEN"] != want.Environment["TOKEN"] {
			t.Errorf("%s: data %q, environment %q", want.ID(), got.Data, got.Environment)
		}
		for what, change := range map[string]func(*bootjob.Job){
			"title": func(j *bootjob.Job) { j.Title += "x" }, "argument": func(j *bootjob.Job) { j.Commands = []bootjob.Command{{Args: []string{"/x"}}} },
			"payload": func(j *bootjob.Job) { j.Payloads = []image.Payload{payload("x", "y")} }, "data": func(j *bootjob.Job) { j.Data = map[string]string{"x": ""} },
			"secret": func(j *bootjob.Job) { j.Environment = map[string]string{"TOKEN": "other"} }, "go on": func(j *bootjob.Job) { j.GoOn = !j.GoOn },
			"wait": func(j *bootjob.Job) { j.When = image.AfterSetup },
		} {
			other := got
			if change(&other); other.Equal(want) {
				t.Errorf("%s: another %s makes no difference", want.ID(), what)
			}
		}
	}
	if _, found, err := bootjob.Queued(s, "feature", "NetFx4"); found || err != nil {
		t.Errorf("found %v, %v", found, err)
	}
	for _, j := range []bootjob.Job{full, bare, bare} {
		if err := bootjob.Unqueue(s, j.Kind, j.Name); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, s)
	if _, err := s.(image.Files).Stat(image.FirstBootFolder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty queue leaves %v", err)
	}
}

// TestPayloadsAreShared checks that files are there once, and as long as needed.
func TestPayloadsAreShared(t *testing.T) {
	s := open(t)
	a, b, other := feature("A"), feature("B"), feature("C")
	other.Payloads = []image.Payload{payload("sxs/a b.cab", "another")}
	queue(t, s, a, b, other)
	files := s.(image.Files)
	count := func() int {
		entries, err := files.ReadDir(image.FirstBootFolder + "/payload")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		return len(entries)
	}
	for _, step := range []struct {
		name string
		left int
	}{{"A", 2}, {"C", 1}, {"B", 0}} {
		if data, err := fs.ReadFile(files, b.Payloads[0].Folder()+"/sxs/a b.cab"); err != nil || string(data) != "cabinet" {
			t.Errorf("before %s goes: %q, %v", step.name, data, err)
		}
		if err := bootjob.Unqueue(s, "feature", step.name); err != nil {
			t.Fatal(err)
		}
		if flush(t, s); count() != step.left {
			t.Errorf("without %s: %d payloads", step.name, count())
		}
	}
}

// TestChangedPayload checks that a file that does not match the job, fails or is
// interrupted is refused, and that none of it is kept.
func TestChangedPayload(t *testing.T) {
	content := func(text string) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	}
	for what, open1 := range map[string]func() (io.ReadCloser, error){
		"other": content("cabinex"), "shorter": content("cab"), "longer": content("cabinets"),
		"gone": func() (io.ReadCloser, error) { return nil, fs.ErrNotExist }, "none": nil,
	} {
		s, j := open(t), feature("A")
		j.Payloads[0].Files[0].Open = open1
		if err := bootjob.Queue(t.Context(), s, j); err == nil || !strings.Contains(err.Error(), "a b.cab") {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := s.(image.Files).Stat(j.Payloads[0].Folder() + "/sxs/a b.cab"); err == nil {
			t.Errorf("%s: it is in the image", what)
		}
		if list := actions(t, s); len(list) != 0 {
			t.Errorf("%s: it is queued", what)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := bootjob.Queue(ctx, open(t), feature("A")); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestDamaged checks that a modified job is refused, and that a job without its files
// no longer counts as queued.
func TestDamaged(t *testing.T) {
	s := open(t)
	queue(t, s, feature("A"))
	files, script := s.(image.Files), image.FirstBootFolder+"/actions/300-online.feature.a.cmd"
	good, err := fs.ReadFile(files, script)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"changed": strings.Replace(string(good), "echo Done.", "echo done.", 1), "no record": "@echo off\r\n",
		"cut": string(good[:len(good)-20]), "other version": strings.Replace(string(good), `"format": 3`, `"format": 2`, 1),
		"other job": strings.ReplaceAll(string(good), `"name": "A"`, `"name": "B"`),
	} {
		if err := files.WriteFile(script, strings.NewReader(text), image.Meta{}); err != nil {
			t.Fatal(err)
		}
		if list, err := bootjob.Jobs(s); err == nil || !strings.Contains(err.Error(), "online.feature.a") {
			t.Errorf("%s: %v, %v", what, list, err)
		}
	}
	if err := files.WriteFile(script, bytes.NewReader(good), image.Meta{}); err != nil {
		t.Fatal(err)
	}
	if err := files.Remove(feature("A").Payloads[0].Folder()); err != nil {
		t.Fatal(err)
	}
	if list, err := bootjob.Jobs(s); err != nil || len(list) != 0 {
		t.Errorf("without its files: %v, %v", list, err)
	}
	queue(t, s, feature("A"))
	if list, err := bootjob.Jobs(s); err != nil || len(list) != 1 {
		t.Errorf("queued again: %v, %v", list, err)
	}
}

func TestRefused(t *testing.T) {
	s := open(t)
	for want, change := range map[string]func(*bootjob.Job){
		"lower-case letters": func(j *bootjob.Job) { j.Kind = "A b" }, "no name": func(j *bootjob.Job) { j.Name = "" },
		"stage 7": func(j *bootjob.Job) { j.Stage = 7 }, "place 30": func(j *bootjob.Job) { j.Place = 30 },
		"no commands": func(j *bootjob.Job) { j.Commands = nil }, "no arguments": func(j *bootjob.Job) { j.Commands[0].Args = nil },
		"System32": func(j *bootjob.Job) { j.Commands[0].Program = `..\x.exe` }, "quotation marks": func(j *bootjob.Job) { j.Commands[0].Args = []string{`a"b`} },
		"ASCII": func(j *bootjob.Job) { j.Commands[0].Args = []string{"ü"} }, "backslash": func(j *bootjob.Job) { j.Commands[0].Args = []string{`C:\`} },
		"does not ask": func(j *bootjob.Job) { j.Test.Ask = nil }, "mean success": func(j *bootjob.Job) { j.Test.Done = nil },
		"80 arguments of one command have 8240 characters": func(j *bootjob.Job) { j.Commands[0].Args = slices.Repeat([]string{strings.Repeat("x", 100)}, 80) },
		"50 arguments of one command":                      func(j *bootjob.Job) { j.Test.Done = slices.Repeat([]string{strings.Repeat("y", 200)}, 50) },
		"4 arguments of one command": func(j *bootjob.Job) {
			j.Commands[0].Args, j.Environment = slices.Repeat([]string{"%KEY%"}, 4), map[string]string{"KEY": strings.Repeat("z", 2000)}
		},
		"search for it": func(j *bootjob.Job) { j.Test.Done = []string{strings.Repeat("x", 251)} },
		"rename":        func(j *bootjob.Job) { j.Payloads[0].Files[0].Name = "a%b" }, "contains no files": func(j *bootjob.Job) { j.Payloads[0].Files = nil },
	} {
		j := feature("A")
		change(&j)
		if err := j.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error that says %q", err, want)
		}
		if err := bootjob.Queue(t.Context(), s, j); err == nil {
			t.Errorf("%s: queued", want)
		}
	}
}

func TestID(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"NetFx3", "a b", "a.b", "a~b", "a-b", strings.Repeat("x", 40), strings.Repeat("x", 41), strings.Repeat("x", 42), "ü", "Ω"} {
		id := bootjob.ID("feature", name)
		if other, ok := seen[id]; ok {
			t.Errorf("%q and %q have the ID %s", name, other, id)
		}
		seen[id] = name
		if err := (image.Action{ID: id, Interpreter: image.Cmd}).Check(); err != nil || !bootjob.IsJobID(id) {
			t.Errorf("%q: %v", name, err)
		}
		if upper := bootjob.ID("feature", strings.ToUpper(name)); !strings.EqualFold(upper, id) && name[0] < 0x80 {
			t.Errorf("%q: %s or %s", name, id, upper)
		}
	}
}

var (
	label = regexp.MustCompile(`(?m)^:(\w+)\r$`)
	jump  = regexp.MustCompile(`(?:goto|call) :(\w+)`)
)

// TestStructure checks as much of a batch file as is possible without running it;
// TestScriptRuns runs it under Wine.
func TestStructure(t *testing.T) {
	s := open(t)
	full, bare := feature("NetFx3"), feature("B")
	full.Commands = append(full.Commands, bootjob.Command{Program: "changepk.exe", Args: []string{"/a b", "50%", "%TOKEN%"}, Restarts: true})
	full.Environment, full.Test.Gone, full.Title = map[string]string{"TOKEN": "hunter2"}, []string{"x"}, "Größe & 50 % ^"
	bare.Payloads, bare.Test, bare.Commands[0].Args = nil, bootjob.Test{}, []string{"/x"}
	queue(t, s, full, bare)
	for _, a := range actions(t, s) {
		text := string(a.Script)
		if strings.ContainsFunc(text, func(r rune) bool { return r > '~' }) || strings.Count(text, "\r\n") != strings.Count(text, "\n") || regexp.MustCompile(`@[A-Z]+@`).MatchString(text) || strings.Contains(text, "hunter2") {
			t.Errorf("%s: a character outside ASCII, a line that ends in LF alone, a placeholder or a secret in\n%s", a.ID, text)
		}
		labels, used := map[string]int{}, map[string]bool{}
		for _, m := range label.FindAllStringSubmatch(text, -1) {
			labels[m[1]]++
		}
		for _, m := range jump.FindAllStringSubmatch(text, -1) {
			if used[m[1]] = true; labels[m[1]] != 1 {
				t.Errorf("%s: label %s is there %d times", a.ID, m[1], labels[m[1]])
			}
		}
		var last string
		for line := range strings.SplitSeq(text, "\r\n") {
			if label.MatchString(line+"\r") && !strings.HasPrefix(last, "exit /b") && !strings.HasPrefix(last, "goto ") {
				t.Errorf("%s: control runs from %q into %s", a.ID, last, line)
			}
			if strings.Count(line, `"`)%2 != 0 && !strings.HasPrefix(line, "rem") || len(line) > 8000 {
				t.Errorf("%s: %q", a.ID, line)
			}
			if !strings.HasPrefix(line, "rem") && !strings.HasPrefix(line, "::") && line != "" {
				last = line
			}
		}
		if !strings.HasPrefix(last, "exit /b") {
			t.Errorf("%s: control runs out of the script after %q", a.ID, last)
		}
	}
	if text := string(actions(t, s)[1].Script); !strings.Contains(text, `changepk.exe "/a b" "50%%" "%TOKEN%"`+"\r\n") {
		t.Errorf("arguments in\n%s", text)
	}
}

// TestManyFiles checks that the cost of each file is constant, however many there are:
// the script's calls find their label without reading the list of the files.
func TestManyFiles(t *testing.T) {
	j := feature("NetFx3")
	var files []string
	for i := range 3000 {
		files = append(files, fmt.Sprintf("sub folder/file (%d).cab", i), "x")
	}
	j.Payloads = []image.Payload{payload(files...), payload("other.cab", "y")}
	s := open(t)
	queue(t, s, j)
	text := string(actions(t, s)[0].Script)
	call, rest, found := strings.Cut(text, "call :file ")
	list := strings.Index(rest, "\r\n::")
	if target := strings.Index(rest, "\r\n:file\r\n"); !found || strings.Contains(rest, "call :file ") || target < 0 || target > list {
		t.Errorf("a call at offset %d, its label %d after it, the list %d", len(call), target, list)
	}
	_, skip, _ := strings.Cut(call, "skip=")
	if skip, _, _ = strings.Cut(skip, " "); skip != fmt.Sprint(strings.Count(text[:len(text)-len(rest)+list], "\n")+1) {
		t.Errorf("%s lines are skipped", skip)
	}
	for _, p := range j.Payloads {
		id := p.ID()
		for _, f := range p.Files {
			line := "\r\n::sha256 " + f.SHA256 + ` payload\` + id + `\` + strings.ReplaceAll(f.Name, "/", `\`) + "\r\n"
			if strings.Count(text[len(call)+list:], line) != 1 {
				t.Fatalf("%s is not listed once", f.Name)
			}
		}
	}
}

// TestRestarts checks which jobs may run while others wait for a restart.
func TestRestarts(t *testing.T) {
	s := open(t)
	for _, c := range []struct {
		name  string
		stage bootjob.Stage
		alone bool
	}{{"f", bootjob.StageFeature, false}, {"c", bootjob.StageCapability, false}, {"lcu", bootjob.StagePackage, true}, {"app", bootjob.StageApp, false}} {
		j := feature(c.name)
		j.Stage, j.Alone = c.stage, c.alone
		queue(t, s, j)
	}
	if err := s.(image.FirstBoot).QueueAction(image.Action{ID: "script", Order: 500, Interpreter: image.Cmd}); err != nil {
		t.Fatal(err)
	}
	flush(t, s)
	driver, err := fs.ReadFile(s.(image.Files), firstboot.Driver)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.SplitSeq(string(driver), "\r\n") {
		f := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "if defined GILD_PENDING"):
			got = append(got, "restart")
		case strings.HasPrefix(line, "call :action "):
			got = append(got, f[2]+" "+f[6])
		case strings.HasPrefix(line, "call :drop "):
			got = append(got, "drop")
		}
	}
	want := []string{"online.feature.c confirm", "online.feature.f confirm", "restart", "online.feature.lcu confirm-now",
		"restart", "online.feature.app confirm", "drop", "restart", "script stay", "restart"}
	if !slices.Equal(got, want) {
		t.Errorf("the driver does %q, want %q", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("\nrem The job, as JSON:\nrem {}\n"))
	j := feature("A")
	j.Payloads = nil
	b, _ := memory.New(map[string]memory.Image{"image": {}})
	s, err := b.Open(f.Context(), image.Ref{Path: "image"}, image.OpenOptions{Write: true})
	if err == nil {
		err = bootjob.Queue(f.Context(), s, j)
	}
	if err != nil {
		f.Fatal(err)
	}
	list, _ := s.(image.FirstBoot).QueuedActions()
	f.Add(list[0].Script)
	f.Fuzz(func(t *testing.T, script []byte) {
		a := list[0]
		a.Script = script
		if j, err := bootjob.Parse(a); err == nil && j.Check() != nil {
			t.Errorf("a job that can't be queued: %+v", j)
		}
	})
}

// counting counts how often the queue is asked for.
type counting struct {
	image.Session
	image.FirstBoot
	asked *int
}

func (c counting) Unwrap() image.Session { return c.Session }

func (c counting) QueuedActions() ([]image.Action, error) {
	*c.asked++
	return c.FirstBoot.QueuedActions()
}

// TestOnce checks that jobs are read once for each change of the queue, however many look.
func TestOnce(t *testing.T) {
	s := open(t)
	counted := counting{s, s.(image.FirstBoot), new(int)}
	for i, name := range []string{"A", "B"} {
		if err := bootjob.Queue(t.Context(), counted, feature(name)); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			about, err := bootjob.About(counted, "feature")
			_, found, err2 := bootjob.Queued(counted, "feature", name)
			if err != nil || err2 != nil || len(about) != i+1 || !found {
				t.Fatalf("after %s: %d jobs, found %t, %v, %v", name, len(about), found, err, err2)
			}
		}
		if *counted.asked != i+1 {
			t.Errorf("after %d changes the queue was read %d times", i+1, *counted.asked)
		}
	}
	other := feature("A")
	other.Title = "another"
	if err := bootjob.Queue(t.Context(), counted, other); err != nil {
		t.Fatal(err)
	}
	if j, _, err := bootjob.Queued(counted, "feature", "a"); err != nil || j.Title != "another" {
		t.Errorf("a job that was replaced is %q, %v", j.Title, err)
	}
}

// TestEndures checks that every job has a limit, and is retried after transient errors and
// no others.
func TestEndures(t *testing.T) {
	s := open(t)
	for stage := bootjob.StageEdition; stage <= bootjob.StageApp; stage++ {
		j := feature(fmt.Sprint(int(stage)))
		if j.Stage = stage; j.Check() == nil {
			queue(t, s, j)
		}
	}
	list := actions(t, s)
	if len(list) != 11 {
		t.Fatalf("%d stages", len(list))
	}
	busy, missing := uint32(0x800f0902), uint32(0x800f081f) // CBS_E_BUSY, CBS_E_SOURCE_MISSING
	for _, a := range list {
		if a.Limit < 60 || a.Limit > 360 {
			t.Errorf("%s: may take %d minutes", a.ID, a.Limit)
		}
		if !slices.Contains(a.Passing, int(int32(busy))) {
			t.Errorf("%s: is not retried when servicing is busy", a.ID)
		}
		for _, code := range []int{0, image.ExitRestart, bootjob.ExitDamaged, bootjob.ExitNotDone, int(int32(missing))} {
			if slices.Contains(a.Passing, code) {
				t.Errorf("%s: is retried after %d", a.ID, code)
			}
		}
	}
}
