package dismemu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image"
)

// DISM loads the hives of the image into the registry of the machine, and unloads them at the
// end. Therefore it can't service an image whose hives are open or loaded elsewhere. Its
// process DismHost.exe ends a moment after DISM. A killed DISM leaves the hives loaded, so
// that the image can't be unmounted.

// hiveKey is the beginning of the keys of loaded hives; the path of the file follows.
const hiveKey = `HKLM\{bf1a281b-ad7b-4476-ac95-f47682990ce7}`

// lingering is how long the hives stay open after DISM has ended.
const lingering = 5 * time.Millisecond

// loadHives loads the hives of an image; unload unloads them at the end of a run that was not
// killed.
func (m *Machine) loadHives(ctx context.Context, dir string) (unload func() error, err error) {
	files := hivesIn(dir)
	if file := m.inUse(ctx, files); file != "" {
		return nil, known(errShared, file)
	}
	if err := durable.MkdirAll(filepath.Dir(m.loaded(""))); err != nil {
		return nil, err
	}
	for _, file := range files {
		// Not durable: after a power loss no hive is loaded.
		if err := os.WriteFile(m.loaded(file), []byte(file), 0o600); err != nil {
			return nil, err
		}
	}
	return func() (err error) {
		for _, file := range files {
			err = errors.Join(err, gone(os.Remove(m.loaded(file))))
			lock := newLock(file)
			if _, e := lock.TryLock(); e == nil {
				time.AfterFunc(lingering, func() { _ = lock.Close() })
			}
		}
		return err
	}, nil
}

// hivesIn returns the hive files that exist in an image.
func hivesIn(dir string) []string {
	var files []string
	for _, h := range image.Hives() {
		file := filepath.Join(absolute(dir), filepath.FromSlash(h.File))
		if st, err := os.Stat(file); err == nil && st.Mode().IsRegular() {
			files = append(files, file)
		}
	}
	return files
}

// loaded is the path of the file that marks a hive as loaded.
func (m *Machine) loaded(file string) string {
	return filepath.Join(m.State, "loaded", nameFor(file))
}

// LoadedHives returns the files of the loaded hives by their keys.
func (m *Machine) LoadedHives() (map[string]string, error) {
	dir := filepath.Dir(m.loaded(""))
	list, err := os.ReadDir(dir)
	if gone(err) != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, e := range list {
		file, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if gone(err) != nil {
			return nil, err
		}
		if len(file) > 0 { // otherwise it is unloaded, or not loaded yet
			found[hiveKey+filepath.ToSlash(string(file))] = string(file)
		}
	}
	return found, nil
}

// UnloadHive unloads the hive at a key.
func (m *Machine) UnloadHive(key string) error {
	all, err := m.LoadedHives()
	if err != nil {
		return err
	}
	file, ok := all[key]
	if !ok {
		return fmt.Errorf("%s: no hive is loaded there", key)
	}
	return os.Remove(m.loaded(file))
}

// DevicePath returns a path as LoadedHives spells it.
func (m *Machine) DevicePath(dir string) (string, error) {
	_, err := os.Stat(dir)
	return absolute(dir), err
}

// inUse returns a file that is still loaded or open after waiting for DismHost.exe.
func (m *Machine) inUse(ctx context.Context, files []string) string {
	ctx, cancel := context.WithTimeout(ctx, 100*lingering)
	defer cancel()
	for _, file := range files {
		if _, err := os.Stat(m.loaded(file)); err == nil {
			return file
		}
		lock := newLock(file)
		free, _ := lock.TryLockContext(ctx, time.Millisecond)
		if _ = lock.Close(); !free {
			return file
		}
	}
	return ""
}

func newLock(file string) *flock.Flock { return flock.New(file, flock.SetFlag(os.O_RDONLY)) }

// Reg runs reg.exe: it lists loaded hives and unloads them. It returns the exit code.
func (m *Machine) Reg(args []string, out io.Writer) int {
	const list = `HKLM\SYSTEM\CurrentControlSet\Control\hivelist`
	var err error
	switch {
	case len(args) == 2 && strings.EqualFold(args[0], "query") && strings.EqualFold(args[1], list):
		var all map[string]string
		all, err = m.LoadedHives()
		fmt.Fprintf(out, "\r\nHKEY_LOCAL_MACHINE%s\r\n", strings.TrimPrefix(list, "HKLM"))
		for key, file := range all {
			fmt.Fprintf(out, "    \\REGISTRY\\MACHINE%s    REG_SZ    %s\r\n", strings.TrimPrefix(key, "HKLM"), file)
		}
	case len(args) == 2 && strings.EqualFold(args[0], "unload"):
		err = m.UnloadHive(args[1])
	default:
		err = errors.New("invalid syntax")
	}
	if err != nil {
		fmt.Fprintf(out, "ERROR: %v\r\n", err)
		return 1
	}
	return 0
}
