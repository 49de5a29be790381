package firstboot_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/formats/sd"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/firstboot"
	"github.com/gildhq/gild/image/memory"
)

type opened struct {
	image.Files
	image.FirstBoot
}

func open(t *testing.T, files map[string]string) opened {
	t.Helper()
	content := map[string][]byte{}
	for name, text := range files {
		content[name] = []byte(text)
	}
	b, err := memory.New(map[string]memory.Image{"image": {Files: content}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Open(t.Context(), image.Ref{Path: "image"}, image.OpenOptions{Write: true, Clock: time.Unix(1e9, 0)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return opened{s.(image.Files), s.(image.FirstBoot)}
}

func (o opened) queue(t *testing.T, list ...image.Action) {
	t.Helper()
	for _, a := range list {
		if err := o.QueueAction(a); err != nil {
			t.Fatal(err)
		}
	}
	o.flush(t)
}

func (o opened) unqueue(t *testing.T, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := o.UnqueueAction(id); err != nil {
			t.Fatal(err)
		}
	}
	o.flush(t)
}

// flush writes into the files what has changed, as a commit does.
func (o opened) flush(t *testing.T) {
	t.Helper()
	if err := o.FirstBoot.(interface{ Flush() error }).Flush(); err != nil {
		t.Fatal(err)
	}
}

// tree returns all files of the image with their content.
func (o opened) tree(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	err := fs.WalkDir(o, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(o, name)
		b.WriteString(name + "\n" + string(data) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func (o opened) text(t *testing.T, name string) string {
	t.Helper()
	data, err := fs.ReadFile(o, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func script(id string, order int) image.Action {
	return image.Action{ID: id, Order: order, Interpreter: image.Cmd, Script: []byte("@echo " + id + "\r\n")}
}

// TestHistory checks that the files do not depend on the history of the queue.
func TestHistory(t *testing.T) {
	a, b := script("alpha", 50), script("Beta", 50)
	b.Environment = map[string]string{"B": "2", "A": "1"}
	one, other := open(t, nil), open(t, nil)
	one.queue(t, a, b)
	moved := b
	moved.ID, moved.Order, moved.Interpreter, moved.Environment = "beta", 3, image.PowerShell, nil
	other.queue(t, script("gone", 1), moved, b, a, a)
	other.unqueue(t, "GONE")
	if got, want := other.tree(t), one.tree(t); got != want {
		t.Errorf("the image holds\n%s\nand, with another history,\n%s", want, got)
	}
	one.unqueue(t, "alpha", "beta")
	if got := one.tree(t); got != "" {
		t.Errorf("an empty queue leaves\n%s", got)
	}
}

func TestSetupCompleteIsKept(t *testing.T) {
	for name, was := range map[string]string{
		"crlf": "@echo off\r\nexit /b 0\r\n", "lf": "@echo off\nexit /b 0", "one line": "exit",
		"lines on their own": "\r\n\r\n", "byte order mark": "\xef\xbb\xbfecho \xc3\xbc\r\n", "code page": "echo \x81\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, map[string]string{"windows/setup/SCRIPTS/setupcomplete.CMD": was})
			before := o.tree(t)
			o.queue(t, script("a", 1), script("b", 2))
			got := o.text(t, image.SetupComplete)
			own := strings.TrimPrefix(was, "\xef\xbb\xbf")
			if !strings.HasSuffix(got, own) || strings.HasPrefix(was, "\xef") != strings.HasPrefix(got, "\xef") {
				t.Errorf("%q does not hold %q", got, was)
			}
			if n := strings.Count(got, "first-boot.cmd\" setup"); n != 1 {
				t.Errorf("%d calls in %q", n, got)
			}
			if ends := strings.Count(got, "\r\n"); ends != strings.Count(got, "\n") && ends != 0 {
				t.Errorf("line ends are mixed: %q", got)
			}
			o.unqueue(t, "a", "b")
			if after := o.tree(t); after != before {
				t.Errorf("before %q, after %q", before, after)
			}
		})
	}
	o := open(t, map[string]string{image.SetupComplete: "\xff\xfee\x00"})
	if err := o.Queueable(); err == nil || !strings.Contains(err.Error(), "UTF-16") {
		t.Errorf("a script in UTF-16 is not refused: %v", err)
	}
	if err := o.QueueAction(script("a", 1)); err == nil || !strings.Contains(err.Error(), "UTF-16") {
		t.Errorf("a script that never runs was accepted: %v", err)
	}
	if _, err := o.Stat(image.FirstBootFolder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was refused is there: %v", err)
	}
}

// TestNotWhole checks that a queue that the machine would not run counts as empty, and
// that queueing repairs it.
func TestNotWhole(t *testing.T) {
	for _, name := range []string{firstboot.Driver, image.FirstBootFolder + "/task.xml", image.FirstBootFolder + "/limit.ps1", image.SetupComplete} {
		o := open(t, nil)
		o.queue(t, script("a", 1), script("b", 2))
		before := o.tree(t)
		if err := o.Remove(name); err != nil {
			t.Fatal(err)
		}
		if list, err := o.QueuedActions(); err != nil || len(list) != 0 {
			t.Errorf("without %s: %v, %v", name, list, err)
		}
		o.queue(t, script("a", 1))
		if after := o.tree(t); after != before {
			t.Errorf("without %s: queued again it is\n%s", name, after)
		}
	}
}

func TestDamaged(t *testing.T) {
	o := open(t, nil)
	o.queue(t, script("a", 1))
	good := o.text(t, image.FirstBootFolder+"/queue.json")
	for what, text := range map[string]string{
		"no JSON": "{", "other format": strings.Replace(good, `"format": 2`, `"format": 1`, 1),
		"path":    strings.Replace(good, "actions/001-a.cmd", "../../../System32/config/SAM", 1),
		"unknown": strings.Replace(good, `"restart"`, `"reboot"`, 1), "nothing": `{"format":2}`,
		"missing script": strings.ReplaceAll(good, `"a"`, `"b"`),
	} {
		if err := o.WriteFile(image.FirstBootFolder+"/queue.json", strings.NewReader(text), image.Meta{}); err != nil {
			t.Fatal(err)
		}
		if _, err := o.QueuedActions(); err == nil || !strings.Contains(err.Error(), "queue.json") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestRefused(t *testing.T) {
	with := func(change func(*image.Action)) image.Action {
		a := script("a", 1)
		change(&a)
		return a
	}
	o := open(t, nil)
	for want, a := range map[string]image.Action{
		"letter or digit": script("a b", 1), "range": script("a", 1000), "64": script(strings.Repeat("x", 65), 1),
		"interpreter":    with(func(a *image.Action) { a.Interpreter = "perl" }),
		"title":          with(func(a *image.Action) { a.Title = "a\nb" }),
		"300 exit codes": with(func(a *image.Action) { a.OKExitCodes = make([]int, 300) }),
		"32-bit":         with(func(a *image.Action) { a.OKExitCodes = []int{0x80070005} }),
		"wait for":       with(func(a *image.Action) { a.When = "weekend" }),
		"anything to do": with(func(a *image.Action) { a.When = image.AfterSetup }),
		"-1 minutes":     with(func(a *image.Action) { a.Limit = -1 }),
		"transient":      with(func(a *image.Action) { a.Passing = make([]int, 300) }),
		"quotation mark": with(func(a *image.Action) { a.Environment = map[string]string{"A": `"`} }),
		"choose another": with(func(a *image.Action) { a.Environment = map[string]string{"ErrorLevel": "0"} }),
		"name begins":    with(func(a *image.Action) { a.Environment = map[string]string{"A=B": "x"} }),
	} {
		if err := o.QueueAction(a); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error that says %q", err, want)
		}
	}
	if got := o.tree(t); got != "" {
		t.Errorf("what was refused left\n%s", got)
	}
}

// TestAccess checks that users of the machine can't read the environment of scripts, if
// the image keeps descriptors.
func TestAccess(t *testing.T) {
	o := open(t, nil)
	everyone := []byte("\x01\x00\x04\x80\x14\x00\x00\x00\x20\x00\x00\x00\x00\x00\x00\x00\x2c\x00\x00\x00" +
		"\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00" +
		"\x02\x00\x1c\x00\x01\x00\x00\x00\x00\x03\x14\x00\xff\x01\x1f\x00\x01\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00")
	if err := o.MkdirAll("Windows", image.Meta{Security: everyone}); err != nil {
		t.Fatal(err)
	}
	a := script("a", 1)
	a.Environment = map[string]string{"TOKEN": "x"}
	o.queue(t, a)
	for _, name := range []string{image.FirstBootFolder, firstboot.Driver, image.FirstBootFolder + "/actions/env-001-a.cmd"} {
		m, err := o.Meta(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := sd.Parse(m.Security)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text := string(m.Security)
		world, system := "\x01\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00", "\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"
		if d == nil || strings.Contains(text, world) || !strings.Contains(text, system) {
			t.Errorf("%s has the descriptor %x", name, m.Security)
		}
	}
}

func TestUnqueueMissing(t *testing.T) {
	if err := open(t, nil).UnqueueAction("x"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestCapturedInBetween changes the queue of an image that was captured on a
// machine on which the queue had stopped.
func TestCapturedInBetween(t *testing.T) {
	o := open(t, map[string]string{image.FirstBootFolder + "/started": "started", image.FirstBootFolder + "/answer.txt": "State : Enabled",
		image.FirstBootFolder + "/running": "a", image.FirstBootFolder + "/overdue": "60"})
	o.queue(t, script("a", 5))
	for _, name := range []string{"started", "answer.txt", "running", "overdue"} {
		if _, err := o.Stat(image.FirstBootFolder + "/" + name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s of the other machine is still there: %v", name, err)
		}
	}
}

// counting counts what is opened and written.
type counting struct {
	image.Files
	opened, written map[string]int
}

func (c counting) Open(name string) (fs.File, error) {
	c.opened[path.Base(name)]++
	return c.Files.Open(name)
}

func (c counting) WriteFile(name string, content io.Reader, meta image.Meta) error {
	c.written[path.Base(name)]++
	return c.Files.WriteFile(name, content, meta)
}

// TestOnce checks that the files of a queue are read once, and written once, however many
// actions are added and looked at.
func TestOnce(t *testing.T) {
	const n = 200
	files := counting{open(t, nil).Files, map[string]int{}, map[string]int{}}
	q := firstboot.Open(files, firstboot.Options{Write: true, Memo: &image.Memo{}})
	for i := range n {
		if err := q.QueueAction(script(fmt.Sprintf("s%03d", i), 500)); err != nil {
			t.Fatal(err)
		}
		if list, err := q.QueuedActions(); err != nil || len(list) != i+1 {
			t.Fatalf("%d actions after %d, %v", len(list), i+1, err)
		}
	}
	if err := errors.Join(q.Flush(), q.Flush()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"queue.json", "first-boot.cmd", "500-s000.cmd", "500-s199.cmd"} {
		if files.written[name] != 1 {
			t.Errorf("%s is written %d times", name, files.written[name])
		}
	}
	clear(files.opened)
	q = firstboot.Open(files, firstboot.Options{Memo: &image.Memo{}})
	for range n {
		if list, err := q.QueuedActions(); err != nil || len(list) != n {
			t.Fatalf("%d actions, %v", len(list), err)
		}
	}
	for _, name := range []string{"queue.json", "first-boot.cmd", "SetupComplete.cmd", "500-s000.cmd", "500-s199.cmd"} {
		if files.opened[name] != 1 {
			t.Errorf("%s is read %d times", name, files.opened[name])
		}
	}
}

func TestOrder(t *testing.T) {
	o := open(t, nil)
	o.queue(t, script("c", 5), script("B", 50), script("a", 50), script("z", 0))
	list, err := o.QueuedActions()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	if want := []string{"z", "c", "a", "B"}; !slices.Equal(ids, want) {
		t.Errorf("order %v, want %v", ids, want)
	}
}
