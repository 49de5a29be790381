package firstboot

import (
	"bytes"
	"encoding/xml"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

func samplePayloads() []image.Payload {
	return []image.Payload{{Files: []image.PayloadFile{{Name: "a b/c.cab", Size: 1, SHA256: strings.Repeat("0", 64)}}}}
}

func sampleQueue() []image.Action {
	return []image.Action{
		{ID: "apps", Order: 10, Title: "100 % & größer", Interpreter: image.Cmd, Restart: true, OKExitCodes: []int{3010, 0, -5}},
		{ID: "online.a", Order: 15, Interpreter: image.Cmd, Confirm: true, Beside: true, Payloads: samplePayloads(), When: image.WithNetwork, Limit: 90, Passing: []int{1618, -2146498558}},
		{ID: "online.b", Order: 16, Interpreter: image.Cmd, Confirm: true, Restart: true, Payloads: samplePayloads()},
		{ID: "Agent.2", Order: 20, Interpreter: image.PowerShell, Environment: map[string]string{"TOKEN": "x"}, GoOn: true},
	}
}

var (
	label  = regexp.MustCompile(`(?m)^:(\w+)\r$`)
	jump   = regexp.MustCompile(`(?:goto|call) :(\w+)`)
	called = regexp.MustCompile(`call :(\w+)`)
)

// TestDriverStructure checks as much of the batch file as is possible without Windows.
func TestDriverStructure(t *testing.T) {
	text := string(driver(sampleQueue()))
	if strings.Contains(text, "@ACTIONS@") || !isASCII(text) || strings.Count(text, "\r\n") != strings.Count(text, "\n") {
		t.Error("the driver contains a placeholder, a character outside ASCII, or a line that ends in LF alone")
	}
	labels := map[string]int{}
	for _, m := range label.FindAllStringSubmatch(text, -1) {
		labels[m[1]]++
	}
	used := map[string]bool{}
	for _, m := range jump.FindAllStringSubmatch(text, -1) {
		used[m[1]] = true
		if labels[m[1]] != 1 {
			t.Errorf("label %s is there %d times", m[1], labels[m[1]])
		}
	}
	if unused := len(labels) - len(used); unused != 0 {
		t.Errorf("%d labels are not used: %v", unused, labels)
	}
	programs := strings.Fields("@echo echo rem setlocal set cd if call goto ping exit (goto) >\"%gild_dir%\\started\" icacls for reg schtasks shutdown rd cmd.exe windowspowershell\\v1.0\\powershell.exe endlocal del start route.exe >\"%gild_dir%\\running\" >>\"%gild_log%\"")
	for line := range strings.SplitSeq(strings.TrimSpace(text), eol) {
		if line == "" || line[0] == ':' {
			continue
		}
		if word, _, _ := strings.Cut(strings.ToLower(line), " "); !slices.Contains(programs, word) {
			t.Errorf("%q begins with something unknown", line)
		}
		if strings.Count(line, `"`)%2 != 0 || strings.Count(line, "(") != strings.Count(line, ")") {
			t.Errorf("%q: quotation marks or parentheses are not in pairs", line)
		}
		if len(line) > 8191 {
			t.Errorf("a line is too long for cmd.exe: %d", len(line))
		}
	}
}

// TestSubroutinesEnd checks that control runs from one section into the next only where
// that is intended.
func TestSubroutinesEnd(t *testing.T) {
	text := string(driver(sampleQueue()))
	meant := []string{"lock", "actions", "powershell", "result", "run", "task", "settling"}
	var last string
	for line := range strings.SplitSeq(text, eol) {
		if name, ok := strings.CutPrefix(line, ":"); ok {
			ends := strings.HasPrefix(last, "exit /b") || strings.HasPrefix(last, "goto ") || strings.HasPrefix(last, "(goto)")
			if !ends && !slices.Contains(meant, name) {
				t.Errorf("control runs from %q into %s", last, name)
			}
		}
		if line != "" && !strings.HasPrefix(line, "rem") {
			last = line
		}
	}
	for _, m := range called.FindAllStringSubmatch(text, -1) {
		_, body, _ := strings.Cut(text, eol+":"+m[1]+eol)
		if !strings.Contains(body, eol+"exit /b") {
			t.Errorf("the subroutine %s does not end", m[1])
		}
	}
}

func TestDriverCalls(t *testing.T) {
	text := string(driver(sampleQueue()))
	const check = "\r\nif errorlevel 3 goto :waiting\r\nif errorlevel 2 goto :restart\r\nif errorlevel 1 goto :stopped\r\n"
	want := "rem 100 . . gr..er\r\n" +
		`call :action apps 010-apps.cmd - stop restart "-5 0 3010" "" now 0` + check +
		`call :action online.a 015-online.a.cmd - stop confirm "0" "1618 -2146498558" network 90` + check +
		"if defined GILD_PENDING goto :restart\r\n" +
		`call :action online.b 016-online.b.cmd - stop confirm-now "0" "" now 0` + check +
		"call :drop " + samplePayloads()[0].ID() + " \"online.a online.b\"\r\nif defined GILD_PENDING goto :restart\r\n" +
		`call :action Agent.2 020-agent.2.ps1 env-020-agent.2.cmd continue stay "0" "" now 0` + check +
		"if defined GILD_PENDING goto :restart\r\ncall :log all done"
	if !strings.Contains(text, want) {
		t.Errorf("the driver does not contain\n%s\n\n%s", want, text)
	}
	if strings.Contains(text, "TOKEN") {
		t.Error("the driver contains the environment")
	}
}

// TestTitlesAreRemarks checks that cmd.exe sees a title only as a remark.
func TestTitlesAreRemarks(t *testing.T) {
	for title, want := range map[string]string{
		"tidy & del /q x":     "tidy . del .q x",
		"a >out <in | b":      "a .out .in . b",
		"ends with ^":         "ends with .",
		"/?":                  ".?",
		"%PATH% \x7f ü":       ".PATH. . .",
		"@ACTIONS@":           ".ACTIONS.",
		"(plain), \"quoted\"": "(plain), \"quoted\"",
	} {
		text := string(driver([]image.Action{{ID: "x", Title: title, Interpreter: image.Cmd}}))
		if !strings.Contains(text, "rem "+want+"\r\ncall :action x ") {
			t.Errorf("title %q is not the remark %q", title, want)
		}
	}
	long := string(driver([]image.Action{{ID: "x", Title: strings.Repeat("x", 9000) + "calc", Interpreter: image.Cmd}}))
	for line := range strings.SplitSeq(long, eol) {
		if len(line) > 8000 {
			t.Errorf("a line has %d characters, more than cmd.exe reads", len(line))
		}
	}
}

// TestWatcher checks that the watcher takes the driver's arguments, and also runs in the
// constrained language mode, which does not allow method calls.
func TestWatcher(t *testing.T) {
	text := string(watcherText())
	if !isASCII(text) || strings.Count(text, "\r\n") != strings.Count(text, "\n") {
		t.Error("it contains a character outside ASCII, or a line that ends in LF alone")
	}
	if m := regexp.MustCompile(`[\w)\]](\.|::)\w+\(`).FindString(text); m != "" {
		t.Errorf("%q calls a method", m)
	}
	for _, name := range []string{"GILD_DIR", "GILD_WATCH", "GILD_MINUTES"} {
		if !strings.Contains(text, "$env:"+name+"\r\n") || !strings.Contains(driverText, `set "`+name+`=`) {
			t.Errorf("the driver does not pass %s to it, or it does not use it", name)
		}
	}
	runs := regexp.MustCompile(`(?m)^(cmd|WindowsPowerShell\\v1.0\\powershell)\.exe .*%GILD_FILE%`).FindAllString(driverText, -1)
	if len(runs) != 2 || !strings.Contains(driverText, `set "GILD_FILE=%GILD_DIR%\actions\%2"`) || !strings.Contains(text, `-like '*\actions\*'`) {
		t.Errorf("it does not know an action's process by its command line: %q", runs)
	}
	if !strings.Contains(driverText, `call :watch %1 %9`) {
		t.Error("the driver does not start it")
	}
	for _, name := range []string{"running", "overdue"} {
		if !strings.Contains(text, `"$folder\`+name+`"`) || !strings.Contains(driverText, `"%GILD_DIR%\`+name+`"`) {
			t.Errorf("driver and watcher do not both use the file %s", name)
		}
	}
}

// TestWaitsAreBounded checks that every wait has a limit: a machine where no one logs
// on restarts all the same.
func TestWaitsAreBounded(t *testing.T) {
	_, text, _ := strings.Cut(driverText, "\n:settling\n")
	text, _, _ = strings.Cut(text, "\n:settled\n")
	m := regexp.MustCompile(`set /a GILD_TURN\+=1\nping -n (\d+) 127.0.0.1 >nul\nif %GILD_TURN% LSS (\d+) goto :settling\ncall :log .*\nexit /b 0$`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no limit in\n%s", text)
	}
	pause, _ := strconv.Atoi(m[1])
	turns, _ := strconv.Atoi(m[2])
	if seconds := (pause - 1) * turns; seconds != 2*60*60 {
		t.Errorf("it ends after %d seconds", seconds)
	}
}

func TestTask(t *testing.T) {
	data := taskXML()
	if !bytes.HasPrefix(data, []byte("\xff\xfe<\x00")) {
		t.Errorf("begins with % x", data[:4])
	}
	text := strings.Replace(strings.TrimPrefix(nt.DecodeUTF16(data), "\uFEFF"), ` encoding="UTF-16"`, "", 1)
	var doc struct {
		User    string `xml:"Principals>Principal>UserId"`
		Battery string `xml:"Settings>DisallowStartIfOnBatteries"`
		Command string `xml:"Actions>Exec>Command"`
		Args    string `xml:"Actions>Exec>Arguments"`
	}
	if err := xml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.User != "S-1-5-18" || doc.Battery != "false" || doc.Command != `%SystemRoot%\System32\cmd.exe` || !strings.HasSuffix(doc.Args, `first-boot.cmd" startup"`) {
		t.Errorf("task %+v", doc)
	}
}

func TestEnvironment(t *testing.T) {
	for _, vars := range []map[string]string{
		{"A": "1"}, {"TOKEN": `100%%&|<>^!'`, "B": "%PATH%"}, {"A": "Größe", "_b9": " x "},
	} {
		data := environment(vars)
		if strings.Count(string(data), "\r\n") != strings.Count(string(data), "\n") {
			t.Errorf("%q: a line ends in LF alone", data)
		}
		got, err := parseEnvironment(data)
		if err != nil || !maps.Equal(got, vars) {
			t.Errorf("%q reads as %v, %v; want %v", data, got, err, vars)
		}
	}
	if got := string(environment(map[string]string{"P": "50%"})); got != "@set \"P=50%%\"\r\n" {
		t.Errorf("%q", got)
	}
	for _, text := range []string{"", "@set A=b\r\n", "@set \"A=b\"\n", "@set \"A=%b\"\r\n", "@set \"A=b\"\r\ndel x\r\n"} {
		if vars, err := parseEnvironment([]byte(text)); err == nil {
			t.Errorf("%q reads as %v", text, vars)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(listing(sampleQueue()))
	f.Add([]byte(`{"format":2,"actions":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parse(data)
		if err != nil {
			return
		}
		var list []image.Action
		for _, e := range entries {
			a := e.action()
			if e.Environment != "" {
				a.Environment = map[string]string{"A": "x"}
			}
			list = append(list, a)
			if strings.Contains(e.Script, "..") && !strings.HasPrefix(e.Script, "actions/") {
				t.Errorf("script %q leads out of the queue", e.Script)
			}
		}
		again, err := parse(listing(list))
		if err != nil || len(again) != len(entries) {
			t.Errorf("written again: %v", err)
		}
	})
}

func FuzzParseEnvironment(f *testing.F) {
	f.Add(environment(map[string]string{"A": "ü", "B": "%"}))
	f.Add([]byte("@set \"A=b\"\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if vars, err := parseEnvironment(data); err == nil && !bytes.Equal(environment(vars), data) {
			t.Errorf("%q reads as %v", data, vars)
		}
	})
}

func FuzzSetupComplete(f *testing.F) {
	f.Add([]byte("@echo off\r\nexit\r\n"))
	f.Add([]byte("\xef\xbb\xbfecho\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte("gild first boot")) {
			return
		}
		with, err := withCall(data)
		if err != nil {
			return
		}
		if !hasCall(with) {
			t.Errorf("no call in %q", with)
		}
		if without, err := withoutCall(with); err != nil || !bytes.Equal(without, data) {
			t.Errorf("%q became %q, %v", data, without, err)
		}
	})
}
