//go:build windows

// Command machine is, under Wine, a Windows at its first starts. As machine.exe it
// plays what the file play.json in the folder MACHINE says: it calls what gild
// has queued, as Windows Setup and the task scheduler do, and tells in told.json
// how that went and what is in the registry. Under other names it is the programs that the
// queue calls, as Microsoft documents them: it writes each call down, and ends as
// play.json says.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/gildhq/gild/internal/wine/machine/play"
)

// limit is how long a start may take, on a machine that is busy.
const limit = 6 * time.Minute

const (
	key           = `SOFTWARE\gild\FirstBoot`
	windowsFolder = `C:\windows`
	system        = windowsFolder + `\system32`
	aside         = ".wine" // what the names of Wine's own programs end in meanwhile
)

// errOff ends a start in which the machine goes off.
var errOff = errors.New("the machine is off")

func file(name string) string { return filepath.Join(os.Getenv("MACHINE"), name) }

func main() {
	name := strings.ToLower(strings.TrimSuffix(filepath.Base(os.Args[0]), filepath.Ext(os.Args[0])))
	if name != "machine" {
		os.Exit(program(name, os.Args[1:]))
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "machine:", err)
		os.Exit(1)
	}
}

func load(name string, into any) error {
	data, err := os.ReadFile(file(name))
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	return err
}

func save(name string, v any) error {
	data, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(file(name), data, 0o666)
	}
	return err
}

// run plays the starts, one after the other.
func run() (err error) {
	var p play.Play
	if err := load("play.json", &p); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unset(p), leave()) }()
	if err := deploy(); err != nil {
		return err
	}
	if err := forget(); err != nil {
		return err
	}
	if err := remember(p.Results); err != nil {
		return err
	}
	var all []play.Told
	for _, s := range p.Starts {
		told, err := start(s)
		if err != nil {
			return err
		}
		all = append(all, told)
	}
	return save("told.json", all)
}

// deploy puts the image's files where they belong, and the programs in the place of
// Wine's own.
func deploy() error {
	exe, err := os.ReadFile(os.Args[0])
	if err != nil {
		return err
	}
	for _, name := range play.Programs {
		own := filepath.Join(system, name)
		if err := os.Rename(own, own+aside); err != nil && !os.IsNotExist(err) {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(own), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(own, exe, 0o777); err != nil {
			return err
		}
	}
	return errors.Join(clear(), os.CopyFS(windowsFolder, os.DirFS(file("Windows"))))
}

// leave makes it Wine's Windows again; run does it where this could not.
func leave() error {
	var errs []error
	for _, name := range play.Programs {
		own := filepath.Join(system, name)
		errs = append(errs, patiently(func() error { return os.Remove(own) }))
		if err := os.Rename(own+aside, own); err != nil && !os.IsNotExist(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, os.RemoveAll(file("after")), os.CopyFS(file("after"), os.DirFS(windowsFolder+`\Logs\gild`)), clear(), forget())...)
}

// clear removes what the queue and its files leave.
func clear() error {
	return patiently(func() error {
		return errors.Join(os.RemoveAll(windowsFolder+`\Setup`), os.RemoveAll(windowsFolder+`\Logs\gild`))
	})
}

// patiently removes what programs hold that are about to end.
func patiently(remove func() error) (err error) {
	for range 50 {
		if err = remove(); err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

// start lets the machine start, with changes made to it before.
func start(s play.Start) (play.Told, error) {
	var told play.Told
	for _, name := range []string{"restart", "calls.txt", "off", "hangs"} {
		if err := os.Remove(file(name)); err != nil && !os.IsNotExist(err) {
			return told, err
		}
	}
	things := map[string]play.Thing{}
	if err := load("things.json", &things); err != nil && !os.IsNotExist(err) {
		return told, err
	}
	for name, t := range things {
		if t.Restarted != "" && t.State == t.After {
			t.State, t.Restarted = t.Restarted, ""
			things[name] = t
		}
	}
	maps.Copy(things, s.Things)
	if err := save("things.json", things); err != nil {
		return told, err
	}
	for name, content := range s.Put {
		if content == "" {
			if err := os.Remove(filepath.Join(windowsFolder, name)); err != nil {
				return told, err
			}
		} else if err := os.WriteFile(filepath.Join(windowsFolder, name), []byte(content), 0o666); err != nil {
			return told, err
		}
	}
	if err := save("clock.json", clock{Events: s.Events}); err != nil {
		return told, err
	}
	if err := pass(0); err != nil {
		return told, err
	}
	if err := call(s, &told); err != nil {
		return told, err
	}
	return told, tell(&told)
}

// call runs a command line of cmd.exe, and all that it starts in a job that ends with it.
func call(s play.Start, told *play.Told) error {
	ctx, stop := context.WithTimeout(context.Background(), limit)
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(job)
	out, err := os.Create(file("out.txt"))
	if err != nil {
		return err
	}
	defer out.Close()
	c := exec.CommandContext(ctx, filepath.Join(system, "cmd.exe"))
	c.SysProcAttr = &syscall.SysProcAttr{CmdLine: "cmd.exe " + s.Line}
	c.Stdout, c.Stderr = out, out
	c.Cancel = func() error { return windows.TerminateJobObject(job, 1) }
	if err := c.Start(); err != nil {
		return err
	}
	process, err := windows.OpenProcess(windows.PROCESS_ALL_ACCESS, false, uint32(c.Process.Pid))
	if err == nil {
		err = windows.AssignProcessToJobObject(job, process)
		windows.CloseHandle(process)
	}
	if err != nil {
		return errors.Join(err, c.Process.Kill(), c.Wait())
	}
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(file("off")); err == nil {
				cancel(errOff)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	err = c.Wait()
	if told.Off = context.Cause(ctx) == errOff; told.Off {
		err = nil
	} else if ctx.Err() != nil {
		return fmt.Errorf("%s has not ended after %v", s.Line, limit)
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return err
	}
	told.Exit = int32(uint32(c.ProcessState.ExitCode()))
	data, err := os.ReadFile(file("out.txt"))
	told.Printed = string(data)
	return err
}

// tell adds what is to be seen of the machine after a start.
func tell(told *play.Told) error {
	_, err := os.Stat(file("restart"))
	told.Restart = err == nil
	_, err = os.Stat(file("task"))
	told.Task = err == nil
	var c clock
	if err := load("clock.json", &c); err != nil {
		return err
	}
	told.Waited = c.Waited
	if data, err := os.ReadFile(file("calls.txt")); err == nil {
		for line := range strings.Lines(string(data)) {
			var args []string
			if err := json.Unmarshal([]byte(line), &args); err != nil {
				return err
			}
			told.Calls = append(told.Calls, args)
		}
	}
	told.Results = map[string]map[string]string{}
	return results(key, "", told.Results)
}

// results are the values of a key and of those below it.
func results(path, name string, into map[string]map[string]string) error {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.READ|registry.WOW64_64KEY)
	if err == registry.ErrNotExist {
		return nil
	}
	if err != nil {
		return err
	}
	defer k.Close()
	values, err := k.ReadValueNames(-1)
	if err != nil {
		return err
	}
	into[name] = map[string]string{}
	for _, v := range values {
		text, _, err := k.GetStringValue(v)
		if err == registry.ErrUnexpectedType {
			var n uint64
			n, _, err = k.GetIntegerValue(v)
			text = fmt.Sprint(int32(uint32(n)))
		}
		if err != nil {
			return err
		}
		into[name][v] = text
	}
	below, err := k.ReadSubKeyNames(-1)
	if err != nil {
		return err
	}
	for _, b := range below {
		if err := results(path+`\`+b, b, into); err != nil {
			return err
		}
	}
	return nil
}

// forget removes the results of runs before.
func forget() error {
	found := map[string]map[string]string{}
	if err := results(key, "", found); err != nil {
		return err
	}
	for name := range found {
		if name != "" {
			if err := registry.DeleteKey(registry.LOCAL_MACHINE, key+`\`+name); err != nil {
				return err
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return registry.DeleteKey(registry.LOCAL_MACHINE, key)
}

// remember makes results that the machine had which the image was captured on.
func remember(states map[string]string) error {
	for name, state := range states {
		k, _, err := registry.CreateKey(registry.LOCAL_MACHINE, key+`\`+name, registry.WRITE|registry.WOW64_64KEY)
		if err != nil {
			return err
		}
		if err := errors.Join(k.SetStringValue("State", state), k.Close()); err != nil {
			return err
		}
	}
	return nil
}
