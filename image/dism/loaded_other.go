//go:build !windows

package dism

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
)

var _ HiveHolder = Exe("")

// Only Windows has a registry. An emulated DISM has a program reg next to it, which lists
// and unloads hives as reg.exe does.
const hivelist = `HKLM\SYSTEM\CurrentControlSet\Control\hivelist`

// LoadedHives implements [HiveHolder].
func (e Exe) LoadedHives() (map[string]string, error) {
	out, err := e.reg("query", hivelist)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	loaded := map[string]string{}
	for line := range strings.Lines(out) {
		name, file, ok := strings.Cut(strings.TrimSpace(line), "    REG_SZ    ")
		if key, machine := strings.CutPrefix(name, `\REGISTRY\MACHINE\`); ok && machine {
			loaded[`HKLM\`+key] = file
		}
	}
	return loaded, nil
}

// UnloadHive implements [HiveHolder].
func (e Exe) UnloadHive(key string) error {
	_, err := e.reg("unload", key)
	return err
}

// DevicePath implements [HiveHolder].
func (Exe) DevicePath(dir string) (string, error) { return filepath.EvalSymlinks(dir) }

func (e Exe) reg(args ...string) (string, error) {
	out, err := exec.Command(filepath.Join(filepath.Dir(string(e)), "reg"), args...).Output() // #nosec G204 -- next to the DISM that is run
	if err != nil {
		return "", fmt.Errorf("reg %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}
