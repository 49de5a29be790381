package online_test

import (
	"context"
	"errors"
	"fmt"
	"github.com/gildhq/gild/image/online"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
)

// fakeDISM answers questions with state.txt. Anything else makes that what
// after.txt is, and ends with the code that code.cmd sets.
const fakeDISM = `@echo off
echo %*>>C:\fake\calls.txt
set "FAKE=%~6"
if "%FAKE:~0,5%"=="/Get-" goto :ask
if exist C:\fake\after.txt copy /y C:\fake\after.txt C:\fake\state.txt >nul
set "FAKE=0"
call C:\fake\code.cmd
exit %FAKE%
:ask
type C:\fake\state.txt
exit /b 0
`

// certutil of wine prints no digests.
const fakeCertutil = "@echo off\r\necho SHA256 hash of %2:\r\ntype \"%~2.sha256\" 2>nul || exit /b 2\r\necho.\r\necho CertUtil: completed.\r\n"

// machine is a Windows, as far as wine is one, that runs the queue of an image.
type machine struct {
	*testing.T
	drive string
	env   []string
}

// fakeFindstr compares whole lines, which that of wine does not.
const fakeFindstr = `@echo off
set "FAKE=1"
:next
if "%~1"=="" exit /b %FAKE%
set "ARG=%~1"
shift
if "%ARG:~0,3%"=="/c:" goto :look
goto :next
:look
for /f "delims=" %%l in (C:\windows\Setup\Scripts\gild\answer.txt) do if /i "/c:%%l"=="%ARG%" set "FAKE=0"
goto :next
`

// newMachine deploys an image's queue. There is no program to run batch files
// with but wine (Debian: wine and wine64), which the other tests do not need.
func newMachine(t *testing.T, s image.Session) *machine {
	t.Helper()
	if os.Getenv("GILD_WINE") == "" || runtime.GOOS == "windows" { // where Wine runs the test itself
		t.Skip("scripts are run only with GILD_WINE=1, by wine (Debian packages wine, wine64); it takes a minute")
	}
	wine, err := exec.LookPath("wine")
	if err != nil {
		t.Fatal(err)
	}
	prefix := filepath.Join(os.TempDir(), "gild-wine-tests") // making one takes long, so it is kept
	m := &machine{t, filepath.Join(prefix, "drive_c"), append(os.Environ(), "WINEPREFIX="+prefix, "WINEDEBUG=-all", "DISPLAY=")}
	if out, err := m.command(wine, "wineboot", "-i").CombinedOutput(); err != nil {
		t.Fatalf("wine does not run here: %v\n%s", err, out)
	}
	for _, name := range []string{"fake", "windows/Setup/Scripts", "windows/Logs/gild"} {
		if err := os.RemoveAll(filepath.Join(m.drive, name)); err != nil {
			t.Fatal(err)
		}
	}
	m.put("windows/Logs/gild/none", "")
	m.put("fake/dism.cmd", strings.ReplaceAll(fakeDISM, "\n", "\r\n"))
	m.put("fake/findstr.cmd", strings.ReplaceAll(fakeFindstr, "\n", "\r\n"))
	m.put("fake/certutil.cmd", fakeCertutil)
	m.deploy(s)
	return m
}

func (m *machine) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Env = m.env
	return c
}

func (m *machine) put(name, content string) {
	m.Helper()
	file := filepath.Join(m.drive, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		m.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
		m.Fatal(err)
	}
}

// deploy copies the queue, with programs that wine lacks replaced.
func (m *machine) deploy(s image.Session) {
	m.Helper()
	files := s.(image.Files)
	swap := strings.NewReplacer("=dism.exe", `=cmd.exe /d /c C:\fake\dism.cmd`, "'certutil.exe", `'C:\fake\certutil.cmd`, "findstr.exe ", `call C:\fake\findstr.cmd `)
	err := fs.WalkDir(files, image.FirstBootFolder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		m.put("w"+strings.TrimPrefix(name, "W"), swap.Replace(string(data)))
		return err
	})
	if err != nil {
		m.Fatal(err)
	}
}

func (m *machine) read(name string) string {
	m.Helper()
	data, err := os.ReadFile(filepath.Join(m.drive, filepath.FromSlash(name)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		m.Fatal(err)
	}
	return string(data)
}

// run runs a script as the queue's driver does, and returns its exit code and
// what it printed.
func (m *machine) run(a image.Action) (int, string) {
	m.Helper()
	const dir = `C:\windows\Setup\Scripts\gild`
	ctx, cancel := context.WithTimeout(m.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "wine", "cmd.exe", "/d", "/c", dir+fmt.Sprintf(`\actions\%03d-%s.cmd`, a.Order, strings.ToLower(a.ID)))
	c.Env = append(slices.Clone(m.env), "GILD_DIR="+dir, `GILD_LOGS=C:\windows\Logs\gild`)
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.Fatal(err)
	}
	return c.ProcessState.ExitCode(), string(out)
}

func answers(state string) string { return "\r\nFeature Name : X\r\nState : " + state + "\r\n\r\n" }

// TestScriptRuns runs the script of a job in each situation it may come into.
func TestScriptRuns(t *testing.T) {
	s := open(t)
	job := feature("NetFx3")
	job.Payloads = append(job.Payloads, payload("sub folder/c (1) & d.cab", "x", "e.cab", "y"))
	queue(t, s, job)
	m := newMachine(t, s)
	actions, err := s.(image.FirstBoot).QueuedActions()
	if err != nil {
		t.Fatal(err)
	}
	file := "windows/" + strings.TrimPrefix(job.Payloads[0].Folder(), "Windows/") + "/sxs/a b.cab.sha256"
	for _, f := range job.Payloads[1].Files {
		m.put("windows/"+strings.TrimPrefix(job.Payloads[1].Folder(), "Windows/")+"/"+f.Name+".sha256", f.SHA256+"\r\n")
	}
	const good, bad = "", "0000\r\n"
	for _, c := range []struct {
		what, before, after, code, digest string
		exit                              int // the lowest byte of it, which is what gets out of wine
		acts                              bool
		says                              string
	}{
		{"to do", "Disabled", "Enabled", "0", good, 0, true, "Done."},
		{"done already", "Enabled", "", "0", good, 0, false, "Done."},
		{"waits for a restart already", "Enable Pending", "", "0", good, image.ExitRestart, false, "restart"},
		{"needs a restart", "Disabled", "Enable Pending", "3010", good, image.ExitRestart, true, "restart"},
		{"enabled, and needs a restart", "Disabled", "Enabled", "3010", good, image.ExitRestart, true, "restart"},
		{"no success in spite of code 0", "Disabled", "Disabled", "0", good, online.ExitNotDone, true, "does not say"},
		{"fails", "Disabled", "Disabled", "-2146498529", good, -2146498529, true, "Failed with exit code -2146498529"},
		{"fails, but is done", "Disabled", "Enabled", "87", good, 0, true, "Done."},
		{"a code that stands for success", "Disabled", "Enabled", "-2146498554", good, 0, true, "Done."},
		{"damaged file", "Disabled", "Enabled", "0", bad, online.ExitDamaged, false, "Damaged"},
		{"no file", "Disabled", "Enabled", "0", "-", online.ExitDamaged, false, "Missing"},
	} {
		m.put("fake/calls.txt", "")
		m.put("fake/state.txt", answers(c.before))
		m.put("fake/after.txt", answers(c.after))
		m.put("fake/code.cmd", "set FAKE="+c.code+"\r\n")
		switch c.digest {
		case good:
			m.put(file, job.Payloads[0].Files[0].SHA256[:8]+" "+job.Payloads[0].Files[0].SHA256[8:]+"\r\n")
		case bad:
			m.put(file, c.digest)
		default:
			if err := os.Remove(filepath.Join(m.drive, filepath.FromSlash(file))); err != nil {
				t.Fatal(err)
			}
		}
		exit, out := m.run(actions[0])
		acted := strings.Contains(m.read("fake/calls.txt"), `"/Enable-Feature" "/FeatureName:NetFx3" "/All" "/Source:C:\windows\Setup\Scripts\gild\payload\`)
		if byte(exit) != byte(c.exit) || acted != c.acts || !strings.Contains(out, c.says) {
			t.Errorf("%s: exit %d, acted %v, printed\n%s\ncalls\n%s", c.what, exit, acted, out, m.read("fake/calls.txt"))
		}
	}
}
