package bootjob

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/image"
)

const eol = "\r\n"

// Exit codes of scripts, in addition to those of the programs they call.
const (
	ExitDamaged = 13   // ERROR_INVALID_DATA: a file of a payload has changed
	ExitNotDone = 1603 // ERROR_INSTALL_FAILURE: commands succeeded, but DISM does not say that the work is done
)

// scriptText is the frame of a job's script. It is ASCII, and uses only programs that
// every Windows has; the queue's driver has made System32 the current folder and set
// GILD_DIR and GILD_LOGS.
//
// Exit codes of DISM may be negative, which "if errorlevel" treats as success.
const scriptText = `@echo off
rem @TITLE@
rem gild made this script; what it does is at its end.
setlocal EnableExtensions DisableDelayedExpansion
set "GILD_DISM=dism.exe /Online /English /NoRestart /LogLevel:3"
set "GILD_DISMLOG=%GILD_LOGS%\dism-@ID@.log"
set "GILD_ANSWER=%GILD_DIR%\answer.txt"
set "GILD_CODE=0"
set "GILD_RESTART="

call :ask
if "%GILD_IS%"=="done" goto :done
if "%GILD_IS%"=="pending" goto :pending
if defined GILD_ASK exit /b 1237
@FILES@@COMMANDS@
call :ask
if "%GILD_IS%"=="pending" goto :pending
if defined GILD_RESTART goto :pending
if "%GILD_IS%"=="done" goto :done
@UNKNOWN@echo The commands succeeded, but DISM does not say that the work is done.
exit /b 1603

:done
echo Done.
exit /b 0

:pending
echo A restart is needed to complete it.
exit /b 3010

:failed
set "GILD_FAILED=%GILD_CODE%"
call :ask
if "%GILD_IS%"=="done" goto :done
if "%GILD_IS%"=="pending" goto :pending
echo Failed with exit code %GILD_FAILED%; see "%GILD_DISMLOG%".
exit /b %GILD_FAILED%

rem Exit codes that are no failure. Returns 1 after another one.
:result
set "GILD_CODE=%errorlevel%"
if "%GILD_CODE%"=="3010" set "GILD_RESTART=yes" & exit /b 0
for %%c in (0 %~1) do if "%GILD_CODE%"=="%%c" exit /b 0
exit /b 1

rem Sets GILD_IS to done or pending, or to nothing.
:ask
set "GILD_IS="
@ASK@exit /b 0
`

// checkText checks the files of the payloads, which remarks of the script list. cmd.exe
// searches for a label from the line of the call: with a call for each of thousands of
// files it would read the whole script as often.
const checkText = `set "GILD_DAMAGED="
for /f "usebackq skip=@SKIP@ tokens=1,2*" %%a in ("%~f0") do if "%%a"=="` + fileMark + `" call :file "%GILD_DIR%\%%c" %%b
if defined GILD_DAMAGED exit /b 13
`

// fileMark begins a remark that lists a file: digest, and path below GILD_DIR.
const fileMark = "::sha256"

// fileText checks a file of a payload: name, digest. Older versions of certutil put
// spaces between the digits. certutil has no digest of an empty file, which can't be
// mapped (0x800703EE, ERROR_FILE_INVALID), so the script contains the digest of empty
// content.
const fileText = `
rem A file, and the digest it must have. Sets GILD_DAMAGED if it has another one.
:file
set "GILD_HASH="
if "%~z1"=="0" set "GILD_HASH=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
if not defined GILD_HASH for /f "skip=1 delims=" %%h in ('certutil.exe -hashfile "%~1" SHA256 2^>nul') do if not defined GILD_HASH set "GILD_HASH=%%h"
if not defined GILD_HASH set "GILD_DAMAGED=yes" & echo Missing or not readable: "%~1" & exit /b 0
set "GILD_HASH=%GILD_HASH: =%"
if /i "%GILD_HASH%"=="%~2" exit /b 0
set "GILD_DAMAGED=yes"
echo Damaged, its SHA-256 is %GILD_HASH%: "%~1"
exit /b 0

rem The files and their digests.
`

// script returns the job's script.
func (j Job) script() []byte {
	unknown, check := "", ""
	if len(j.Test.Ask) == 0 {
		unknown = "goto :done\n"
	}
	if len(j.Payloads) > 0 {
		check = checkText
	}
	text := strings.NewReplacer(
		"@TITLE@", image.Remark(j.Title), "@ID@", j.ID(), "@FILES@", check, "@COMMANDS@", j.commandLines(),
		"@UNKNOWN@", unknown, "@ASK@", j.askLines(),
	).Replace(scriptText)
	if len(j.Payloads) > 0 {
		text += fileText
		text = strings.Replace(text, "@SKIP@", strconv.Itoa(strings.Count(text, "\n")), 1) + j.fileLines()
	}
	return []byte(strings.ReplaceAll(text+j.record(), "\n", eol))
}

func (j Job) fileLines() string {
	var b strings.Builder
	for _, p := range j.Payloads {
		folder := strings.TrimPrefix(p.Path(""), "%"+image.PayloadVariable+"%\\")
		for _, f := range p.Files {
			fmt.Fprintf(&b, "%s %s %s\\%s\n", fileMark, f.SHA256, folder, strings.ReplaceAll(f.Name, "/", `\`))
		}
	}
	return b.String()
}

func (j Job) commandLines() string {
	var b strings.Builder
	for i, c := range j.Commands {
		fmt.Fprintf(&b, "echo Command %d of %d.\n", i+1, len(j.Commands))
		name := c.Program
		if name == "" {
			name = `%GILD_DISM% "/LogPath:%GILD_DISMLOG%"`
		}
		b.WriteString(name + j.quoted(c.Args) + "\n")
		var ok []string
		for _, code := range c.OK {
			ok = append(ok, fmt.Sprint(int32(code)))
		}
		fmt.Fprintf(&b, "call :result \"%s\"\nif errorlevel 1 goto :failed\n", strings.Join(ok, " "))
		if c.Restarts {
			b.WriteString("set \"GILD_RESTART=yes\"\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// askLines set GILD_IS to done only if DISM answered.
func (j Job) askLines() string {
	if len(j.Test.Ask) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(`%GILD_DISM% "/LogPath:%GILD_DISMLOG%"` + j.quoted(j.Test.Ask) + " >\"%GILD_ANSWER%\" 2>&1\n")
	b.WriteString("set \"GILD_CODE=%errorlevel%\"\nif not \"%GILD_CODE%\"==\"0\" echo DISM could not be asked: exit code %GILD_CODE%. & exit /b 0\n")
	b.WriteString("set \"GILD_IS=done\"\n")
	if len(j.Test.Done) > 0 {
		b.WriteString(find(j.Test.Done) + "if errorlevel 1 set \"GILD_IS=\"\n")
	}
	if len(j.Test.Gone) > 0 {
		b.WriteString(find(j.Test.Gone) + "if not errorlevel 1 set \"GILD_IS=\"\n")
	}
	if len(j.Test.Pending) > 0 {
		b.WriteString("if defined GILD_IS exit /b 0\n" + find(j.Test.Pending) + "if not errorlevel 1 set \"GILD_IS=pending\"\n")
	}
	return b.String()
}

func find(lines []string) string {
	var b strings.Builder
	b.WriteString("findstr.exe /i /x /l")
	for _, l := range lines {
		b.WriteString(` /c:"` + strings.ReplaceAll(l, "%", "%%") + `"`)
	}
	return b.String() + ` "%GILD_ANSWER%" >nul` + "\n"
}

// quoted returns arguments in the form for a command in a batch file.
func (j Job) quoted(args []string) string {
	var b strings.Builder
	for _, a := range args {
		a = strings.ReplaceAll(a, "%", "%%")
		for _, name := range append(slices.Sorted(maps.Keys(j.Environment)), image.PayloadVariable) {
			a = strings.ReplaceAll(a, "%%"+name+"%%", "%"+name+"%")
		}
		b.WriteString(` "` + a + `"`)
	}
	return b.String()
}

// recordBegin is the line before the record of the job; nothing after it is run.
const recordBegin = "\nrem The job, as JSON:\n"

// format is the version of the record, raised when gild begins to generate other
// scripts.
const format = 3

// recorded is the job's record in its script, without the fields that the action has.
type recorded struct {
	Format   int               `json:"format"`
	Kind     string            `json:"kind"`
	Name     string            `json:"name"`
	Absent   bool              `json:"absent,omitempty"`
	Stage    Stage             `json:"stage"`
	Place    int               `json:"place,omitempty"`
	Alone    bool              `json:"alone,omitempty"`
	Commands []Command         `json:"commands"`
	Test     Test              `json:"test"`
	Data     map[string]string `json:"data,omitempty"`
}

// record returns the job for readers of the queue, in remarks: JSON in ASCII.
func (j Job) record() string {
	r := recorded{format, j.Kind, j.Name, j.Absent, j.Stage, j.Place, j.Alone, j.Commands, j.Test, j.Data}
	data, err := json.MarshalIndent(r, "rem ", " ")
	if err != nil {
		panic(err) // plain strings and numbers
	}
	var b strings.Builder
	b.WriteString(recordBegin + "rem ")
	for _, r := range string(data) {
		switch {
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case r >= 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + "\n"
}

// parseScript reads the record at the end of a script.
func parseScript(script []byte) (Job, error) {
	_, text, found := strings.Cut(strings.ReplaceAll(string(script), eol, "\n"), recordBegin)
	if !found {
		return Job{}, errors.New("its script has no record of the job")
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(l, "rem ")
	}
	var r recorded
	d := json.NewDecoder(bytes.NewReader([]byte(strings.Join(lines, "\n"))))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Job{}, fmt.Errorf("its script's record of the job can't be read: %w", err)
	}
	if r.Format != format {
		return Job{}, fmt.Errorf("another version of gild made it (format %d, this gild knows %d)", r.Format, format)
	}
	return Job{
		Kind: r.Kind, Name: r.Name, Absent: r.Absent, Stage: r.Stage, Place: r.Place, Alone: r.Alone,
		Commands: r.Commands, Test: r.Test, Data: r.Data,
	}, nil
}
