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

// HiveHolder is a [Program] that knows the hives that are loaded into the registry of its
// machine, and unloads them. DISM loads those of the image that it services, below
// HKEY_LOCAL_MACHINE; one that is killed leaves them loaded, and as long as they are the
// image can't be unmounted (0xc1420117).
type HiveHolder interface {
	// LoadedHives returns the files of the hives by their keys, such as HKLM\SOFTWARE.
	LoadedHives() (map[string]string, error)
	// UnloadHive unloads the hive at a key.
	UnloadHive(key string) error
	// DevicePath returns how LoadedHives would spell the path of a folder that is there.
	DevicePath(dir string) (string, error)
}

// dismKey is what the keys of hives that DISM loads begin with. The path of the file follows,
// with slashes: HKLM\{bf1a281b-…}C:/mount/Windows/System32/config/SOFTWARE (CBS.log, "Loading
// offline registry hive").
const dismKey = `HKLM\{bf1a281b-ad7b-4476-ac95-f47682990ce7}`

// unloadHives unloads the hives that a DISM has left loaded: those whose files are below a
// folder and whose keys begin like that. In a folder in which gild has an image mounted no
// one else has loaded any; in one that the user has named, only DISM's own are touched.
func (r *runner) unloadHives(dir, keys string) error {
	machine, loaded, err := r.loadedBelow(dir)
	if err != nil {
		return fmt.Errorf("find the hives that DISM has left loaded: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(loaded)) {
		if !strings.HasPrefix(key, keys) {
			continue
		}
		r.log.Warn("unloads a hive that DISM has left loaded", "key", key, "file", loaded[key])
		// What had keys of it open has ended, and may not be gone for good yet.
		if e := busy.Insist(unloading, func() error { return machine.UnloadHive(key) }); e != nil {
			err = errors.Join(err, fmt.Errorf(`a hive of the image is loaded at %s and can't be unloaded: %w; end what has keys of it open, and run: reg unload "%s"`, key, e, key))
		}
	}
	return err
}

// loadedBelow returns the files of hives that are loaded and below a folder, by their keys.
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

// whoHolds adds to an error about files that are in use the hives that are loaded: those in
// a folder that the user has named are not gild's to unload, as another DISM may be at work.
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
	return fmt.Errorf("%w\nHives of the image are loaded into the registry of this machine. If no DISM is at work on it, one that was killed has left them; unload them:\n%s", err, strings.Join(commands, "\n"))
}

// sharingViolation is the code with which DISM says that a file is in use.
const sharingViolation = 32

// unmount unmounts what gild has mounted in a folder, and gives up what was not committed.
func (r *runner) unmount(ctx context.Context, dir string) error {
	loaded := r.unloadHives(dir, "")
	if _, err := r.run(ctx, "/Unmount-Image", "/MountDir:"+dir, "/Discard"); err != nil {
		return errors.Join(err, loaded)
	}
	return nil
}

// unloading is how long it is tried to unload a hive.
const unloading = 5 * time.Second

// below tells whether a file is below a folder; both are spelled as Windows does it.
func below(dir, file string) bool {
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "/", `\`)) }
	rest, ok := strings.CutPrefix(plain(file), strings.TrimRight(plain(dir), `\`))
	return ok && strings.HasPrefix(rest, `\`)
}
