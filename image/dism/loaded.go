package dism

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/ground/busy"
)

// HiveHolder is a [Program] that lists and unloads the hives in the registry of its
// machine. DISM loads the hives of the image it services below HKEY_LOCAL_MACHINE. A
// killed DISM leaves them loaded, and an image can't be unmounted while its hives are
// loaded (0xc1420117).
type HiveHolder interface {
	// LoadedHives returns the files of the hives by their keys, such as HKLM\SOFTWARE.
	LoadedHives() (map[string]string, error)
	// UnloadHive unloads the hive at a key.
	UnloadHive(key string) error
	// DevicePath returns the path of an existing folder in the spelling of LoadedHives.
	DevicePath(dir string) (string, error)
}

// dismKey is the beginning of the keys at which DISM loads hives. The path of the file
// follows, with slashes: HKLM\{bf1a281b-…}C:/mount/Windows/System32/config/SOFTWARE (CBS.log,
// "Loading offline registry hive").
const dismKey = `HKLM\{bf1a281b-ad7b-4476-ac95-f47682990ce7}`

// unloadHives unloads hives that a DISM has left loaded: those with files below dir and
// keys that begin with keys. In gild's own mount folder no one else has loaded hives; in a
// folder of the user, gild touches only DISM's own.
func (r *runner) unloadHives(dir, keys string) error {
	machine, loaded, err := r.loadedBelow(dir)
	if err != nil {
		return fmt.Errorf("find the hives that DISM has left loaded: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(loaded)) {
		if !strings.HasPrefix(key, keys) {
			continue
		}
		r.log.Warn("unloading a hive that DISM has left loaded", "key", key, "file", loaded[key])
		// The process that had its keys open may just be ending.
		if e := busy.Insist(unloading, func() error { return machine.UnloadHive(key) }); e != nil {
			err = errors.Join(err, fmt.Errorf(`a hive of the image is loaded at %s and can't be unloaded: %w; end the program that has its keys open, and run: reg unload "%s"`, key, e, key))
		}
	}
	return err
}

// loadedBelow returns the files below a folder that are loaded as hives, by their keys.
func (r *runner) loadedBelow(dir string) (HiveHolder, map[string]string, error) {
	machine, ok := r.program.(HiveHolder)
	if !ok {
		return nil, nil, nil
	}
	root, err := machine.DevicePath(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return machine, nil, nil
	}
	if err != nil {
		return machine, nil, err
	}
	loaded, err := machine.LoadedHives()
	maps.DeleteFunc(loaded, func(_, file string) bool { return !below(root, file) })
	return machine, loaded, err
}

// whoHolds adds the loaded hives to an error about files in use. gild must not unload those
// in a folder of the user, since another DISM may be at work.
func (r *runner) whoHolds(dir string, err error) error {
	failed, ok := errors.AsType[*Error](err)
	if !ok || failed.Code != sharingViolation {
		return err
	}
	_, loaded, unknown := r.loadedBelow(dir)
	if unknown != nil || len(loaded) == 0 {
		return err
	}
	var commands []string
	for _, key := range slices.Sorted(maps.Keys(loaded)) {
		commands = append(commands, `reg unload "`+key+`"`)
	}
	return fmt.Errorf("%w\nHives of the image are loaded into the registry of this machine. If no DISM is at work on it, a killed DISM has left them; unload them:\n%s", err, strings.Join(commands, "\n"))
}

// sharingViolation is DISM's code for a file in use.
const sharingViolation = 32

// unmount unmounts gild's image in a folder, and discards uncommitted changes.
func (r *runner) unmount(ctx context.Context, dir string) error {
	loaded := r.unloadHives(dir, "")
	if _, err := r.run(ctx, "/Unmount-Image", "/MountDir:"+dir, "/Discard"); err != nil {
		return errors.Join(err, loaded)
	}
	return nil
}

// unloading is how long gild retries to unload a hive.
const unloading = 5 * time.Second

// below reports whether a file is below a folder; both in the spelling of Windows.
func below(dir, file string) bool {
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "/", `\`)) }
	rest, ok := strings.CutPrefix(plain(file), strings.TrimRight(plain(dir), `\`))
	return ok && strings.HasPrefix(rest, `\`)
}
