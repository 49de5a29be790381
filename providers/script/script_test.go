package script

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func strs(ss ...string) cty.Value {
	if len(ss) == 0 {
		return cty.EmptyTupleVal
	}
	var vs []cty.Value
	for _, s := range ss {
		vs = append(vs, str(s))
	}
	return cty.TupleVal(vs)
}

func num(n int64) cty.Value { return cty.NumberIntVal(n) }

func nums(ns ...int64) cty.Value {
	var vs []cty.Value
	for _, n := range ns {
		vs = append(vs, num(n))
	}
	return cty.TupleVal(vs)
}

// queued is an image with two actions in its queue.
func queued(t *testing.T) map[string][]byte {
	t.Helper()
	const setup = "@echo off\r\nexit /b 0\r\n"
	m := providertest.NewImage(t, map[string][]byte{image.SetupComplete: []byte(setup)}, true)
	for _, a := range []image.Action{
		{ID: "agent", Order: 500, Limit: 240, Interpreter: image.Cmd, Script: commandsText([]string{"echo a"}, []int{0})},
		{ID: "Hello", Order: 10, Limit: 240, Title: "Hallo", Interpreter: image.PowerShell, Script: powerShellText("Write-Output 'ü'"),
			Environment: map[string]string{"TOKEN": "secret"}, Restart: true, OKExitCodes: []int{0, 3010}, GoOn: true},
	} {
		if err := m.QueueAction(a); err != nil {
			t.Fatal(err)
		}
	}
	m.Flush(t)
	files := map[string][]byte{}
	err := fs.WalkDir(m, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files[name], err = fs.ReadFile(m, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func hello() object {
	return object{
		"name": str("hello"), "powershell": str("Write-Output 'ü'\r\n"), "title": str("Hallo"), "order": num(10), "restart": cty.True,
		"environment": cty.ObjectVal(object{"TOKEN": str("secret")}), "ok_exit_codes": nums(3010, 0), "on_failure": str("continue"),
	}
}

func but(o object, name string, v cty.Value) object {
	if o[name] = v; v == cty.NilVal {
		delete(o, name)
	}
	return o
}

func agent() object { return object{"name": str("agent"), "command": strs("echo a")} }

func TestSuite(t *testing.T) {
	img := queued(t)
	cases := []providertest.Case{
		{Name: "same", Set: agent(), Unchanged: true},
		{Name: "same in all", Set: hello(), Unchanged: true},
		{Name: "other name", Set: but(agent(), "name", str("Other.1"))},
		{Name: "other command", Set: but(agent(), "command", strs("echo a", "copy /y \"a b\" c || exit /b 5"))},
		{Name: "chcp as command", Set: but(agent(), "command", strs("chcp 65001 >nul", "echo ü"))},
		{Name: "other text", Set: but(hello(), "powershell", str("a\nb\n"))},
		{Name: "other interpreter", Set: object{"name": str("agent"), "powershell": str("echo a")}},
		{Name: "other order", Set: but(hello(), "order", num(0))},
		{Name: "other title", Set: but(hello(), "title", str("100 %"))},
		{Name: "no restart", Set: but(hello(), "restart", cty.False)},
		{Name: "no limit", Set: but(hello(), "limit_minutes", num(0))},
		{Name: "other codes", Set: but(agent(), "ok_exit_codes", nums(-1, 0))},
		{Name: "stop", Set: but(hello(), "on_failure", str("stop"))},
		{Name: "other secret", Set: but(hello(), "environment", cty.ObjectVal(object{"TOKEN": str("100%")}))},
		{Name: "secret no more", Set: but(hello(), "environment", cty.NilVal)},
		{Name: "batch file", Set: object{"name": str("agent"), "source": str("dir/a b.CMD")},
			Payloads: map[string]string{"dir/a b.CMD": "echo \x81\n"},
			After: func(t *testing.T, m *providertest.Image) {
				if data, err := fs.ReadFile(m, image.FirstBootFolder+"/actions/500-agent.cmd"); string(data) != "echo \x81\n" {
					t.Errorf("the file became %q, %v", data, err)
				}
			}},
		{Name: "PowerShell file", Set: object{"name": str("agent"), "source": str("a.ps1")}, Payloads: map[string]string{"a.ps1": "exit"}},
		{Name: "absent", Set: object{"name": str("AGENT")}, Absent: true},
		{Name: "absent, gone", Set: object{"name": str("nothing")}, Absent: true, Unchanged: true},
	}
	for i := range cases {
		cases[i].Image = img
	}
	cases = append(cases,
		providertest.Case{Name: "first one", Set: agent(), After: func(t *testing.T, m *providertest.Image) {
			if _, err := m.Stat(image.SetupComplete); err != nil {
				t.Error(err)
			}
		}},
		providertest.Case{Name: "absent in an empty image", Set: object{"name": str("x")}, Absent: true, Unchanged: true})
	providertest.Run(t, Provider(), cases)
}

func TestRefusals(t *testing.T) {
	with := func(name string, v cty.Value) object { return but(agent(), name, v) }
	file := func(name string) object { return object{"name": str("x"), "source": str(name)} }
	payloads := map[string]string{"utf16.cmd": "\xff\xfee\x00", "utf8.bat": "\xef\xbb\xbfecho", "folder.ps1/x": ""}
	refusals := []providertest.Refusal{
		{Name: "no name", Set: object{"name": str("")}, Absent: true, Attr: "name", Says: "64 ASCII letters"},
		{Name: "path as name", Set: with("name", str(`a\b`)), Attr: "name", Says: "64 ASCII letters"},
		{Name: "blank in a name", Set: with("name", str("a b")), Attr: "name", Says: "64 ASCII letters"},
		{Name: "name of a job", Set: with("name", str("Online.feature.x")), Attr: "name", Says: "gild itself"},
		{Name: "nothing", Set: object{"name": str("x")}, Says: "One of command"},
		{Name: "two", Set: with("source", str("a.cmd")), Attr: "source", Says: "command and source"},
		{Name: "no commands", Set: with("command", strs()), Attr: "command", Says: "empty"},
		{Name: "empty command", Set: with("command", strs("echo", " ")), Attr: "command", Says: "Command 2"},
		{Name: "two lines", Set: with("command", strs("echo\necho")), Attr: "command", Says: "line break"},
		{Name: "line goes on", Set: with("command", strs("echo ^")), Attr: "command", Says: "ends in ^"},
		{Name: "empty PowerShell", Set: object{"name": str("x"), "powershell": str("\n")}, Attr: "powershell", Says: "empty"},
		{Name: "order", Set: with("order", num(1000)), Attr: "order", Says: "0 to 999"},
		{Name: "limit", Set: with("limit_minutes", num(-1)), Attr: "limit_minutes", Says: "0 to 10080"},
		{Name: "fraction", Set: with("order", cty.NumberFloatVal(0.5)), Attr: "order", Says: "whole number"},
		{Name: "title", Set: with("title", str("a\nb")), Attr: "title", Says: "control characters"},
		{Name: "no codes", Set: with("ok_exit_codes", cty.EmptyTupleVal), Attr: "ok_exit_codes", Says: "Leave it out"},
		{Name: "large code", Set: with("ok_exit_codes", nums(0x80070005)), Attr: "ok_exit_codes", Says: "32-bit"},
		{Name: "variable", Set: with("environment", cty.ObjectVal(object{"a b": str("x")})), Attr: "environment", Says: "letter or underscore"},
		{Name: "value", Set: with("environment", cty.ObjectVal(object{"A": str(`x"y`)})), Attr: "environment", Says: "quotation mark"},
		{Name: "variable twice", Set: with("environment", cty.ObjectVal(object{"A": str("1"), "a": str("2")})), Attr: "environment", Says: "twice"},
		{Name: "program", Set: file("setup.exe"), Attr: "source", Says: ".ps1"},
		{Name: "no file", Set: file("none.cmd"), Attr: "source", Says: "none.cmd"},
		{Name: "folder", Set: file("folder.ps1"), Attr: "source", Says: "is a folder, and a file is needed"},
		{Name: "UTF-16", Set: file("utf16.cmd"), Attr: "source", Says: "in UTF-16, which cmd.exe can't run"},
		{Name: "UTF-8 with a mark", Set: file("utf8.bat"), Attr: "source", Says: "byte order mark"},
	}
	for i := range refusals {
		refusals[i].Payloads = payloads
	}
	providertest.Refuse(t, Provider(), refusals)
}

// TestOthers checks that what other kinds have queued is neither read nor listed.
func TestOthers(t *testing.T) {
	m := providertest.NewImage(t, nil, true)
	job := bootjob.Job{Kind: "cleanup", Name: "x", Stage: bootjob.StageCleanup, Commands: []bootjob.Command{{Args: []string{"/Cleanup-Image"}}}}
	if err := bootjob.Queue(t.Context(), m, job); err != nil {
		t.Fatal(err)
	}
	if all, err := Provider().List(t.Context(), m); err != nil || len(all) != 0 {
		t.Errorf("scripts %v, %v", all, err)
	}
}

func TestSecretIsNotTold(t *testing.T) {
	p := Provider()
	_, err := p.Checked(providertest.Value(t, p, but(agent(), "environment", cty.ObjectVal(object{"A": str("hunter2\n")}))), false)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error is %v", err)
	}
}

func TestList(t *testing.T) {
	all, err := Provider().List(t.Context(), providertest.NewImage(t, queued(t), false))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range all {
		got = append(got, v.GetAttr("name").AsString()+" "+v.GetAttr("interpreter").AsString())
	}
	if want := []string{"Hello powershell", "agent cmd"}; !slices.Equal(got, want) {
		t.Errorf("queue %q, want %q", got, want)
	}
	if text := all[0].GetAttr("powershell"); text.IsNull() || text.AsString() != "Write-Output 'ü'" {
		t.Errorf("text %#v", text)
	}
}

// TestClaims checks that a file which replaces what the queue lives on is in
// conflict with it, and another script is not.
func TestClaims(t *testing.T) {
	held := func(name string) *providers.Claims[string] {
		p := Provider()
		want, err := p.Checked(providertest.Value(t, p, but(agent(), "name", str(name))), false)
		if err != nil {
			t.Fatal(err)
		}
		var c providers.Claims[string]
		for _, claim := range p.Claims(want, false) {
			c.Add(claim, name)
		}
		return &c
	}
	c := held("agent")
	for claim, want := range map[providers.Claim]bool{
		providers.ClaimFile("Windows/Setup/Scripts/SETUPCOMPLETE.CMD"): true,
		providers.ClaimFileTree("Windows/Setup"):                       true,
		providers.ClaimFile("Windows/Setup/Scripts"):                   false,
		providers.ClaimFile("Windows/Setup/Scripts/ErrorHandler.cmd"):  false,
	} {
		if _, _, found := c.Conflict(claim); found != want {
			t.Errorf("conflict with %q: %v", claim, found)
		}
	}
	for name, want := range map[string]bool{"AGENT": true, "other": false} {
		for _, claim := range claims(resource{Name: name}, false) {
			if _, _, found := c.Conflict(claim); found != want {
				t.Errorf("conflict with script %s: %v", name, found)
			}
		}
	}
}

// pe is an image of Windows PE.
type pe struct{ *providertest.Image }

func (pe) Info(context.Context) (image.Info, error) {
	return image.Info{InstallationType: "WindowsPE"}, nil
}

func TestWindowsPE(t *testing.T) {
	p := Provider()
	m := providertest.NewImage(t, nil, false)
	change := providers.Change{Action: providers.Create, Want: providertest.Value(t, p, agent())}
	if err := p.Ways[0].Check(t.Context(), m, change); err != nil {
		t.Error(err)
	}
	if err := p.Ways[0].Check(t.Context(), pe{m}, change); err == nil || !strings.Contains(err.Error(), "startnet.cmd") {
		t.Errorf("Windows PE: %v", err)
	}
}

func TestSourceChanged(t *testing.T) {
	p, host := Provider(), providertest.NewHost(t, map[string]string{"a.cmd": "echo 1"})
	want, err := p.Checked(providertest.Value(t, p, object{"name": str("x"), "source": str("a.cmd")}), false)
	if err == nil {
		want, err = p.Resolved(t.Context(), host, want)
	}
	if err != nil {
		t.Fatal(err)
	}
	host.Put(t, "a.cmd", "echo 2")
	m := providertest.NewImage(t, nil, true)
	err = p.Ways[0].Apply(t.Context(), m, host, []providers.Change{{Action: providers.Create, Want: want}})
	if err == nil || !strings.Contains(err.Error(), "plan again") {
		t.Errorf("a source that was changed: %v", err)
	}
	if list, err := m.QueuedActions(); err != nil || len(list) != 0 {
		t.Errorf("it was queued: %v, %v", list, err)
	}
	if _, err := m.Stat(image.SetupComplete); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestCommandsText(t *testing.T) {
	got := string(commandsText([]string{"echo ü"}, []int{0, 3010}))
	want := "@echo off\r\nchcp 65001 >nul\r\necho ü\r\ncall :gild_check\r\nif not defined gild_ok exit /b %gild_code%\r\n" +
		"exit /b %gild_code%\r\n:gild_check\r\nset \"gild_code=%errorlevel%\"\r\nset \"gild_ok=\"\r\n" +
		"for %%c in (0 3010) do if \"%gild_code%\"==\"%%c\" set \"gild_ok=yes\"\r\nexit /b 0\r\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, text := range []string{"", "@echo off\r\n", got + "x", strings.ReplaceAll(got, "3010", "1")} {
		if c := commandsIn([]byte(text), []int{0, 3010}); c != nil {
			t.Errorf("%q reads as %q", text, c)
		}
	}
}
