package driverstore

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// Registry keys and folders that a driver package changes.
const (
	systemDatabase  = `HKLM\SYSTEM\DriverDatabase`
	driversDatabase = `HKLM\DRIVERS\DriverDatabase`
	services        = `HKLM\SYSTEM\CurrentControlSet\Services`
	lockdown        = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\PnpLockdownFiles`
	infFolder       = "Windows/INF"
	catalogFolder   = "Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}"
)

// allScopes is the ConfigScope of every configuration in the databases of Windows 11;
// in Windows 10 it says which sections exist.
const allScopes = 0xf7f

// state is the state of the image that imports need. Imports and removals update it.
type state struct {
	databases []string     // keys of those that the image has
	taken     map[int]bool // numbers N of oemN.inf that are in use
	infMap    infMap
	allScopes bool                // configurations are recorded with allScopes
	ids       map[string][]string // DeviceIds keys by published name, folded; nil: not read yet
	services  owned
	locked    owned                      // files outside the store
	tags      map[string]map[uint32]bool // in use, by load order group, folded; nil: not read yet
}

// load reads the state that is not in the list of packages.
func (d *installed) load(ctx context.Context) (*state, error) {
	st := &state{taken: map[int]bool{}, services: owned{root: services}, locked: owned{root: lockdown}}
	for _, db := range databases() {
		if _, ok := d.records.Key(db.key); !ok {
			continue
		}
		st.databases = append(st.databases, db.key)
		for _, name := range d.records.Below(db.key + `\DriverInfFiles`) {
			st.take(name)
		}
	}
	k, _ := d.records.Key(systemDatabase)
	st.infMap = infMap(k.Bytes("OemInfMap"))
	for n := range st.infMap.numbers() {
		st.taken[n] = true
	}
	for _, p := range d.packages {
		st.take(p.PublishedName)
	}
	entries, err := d.files.ReadDir(infFolder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		st.take(e.Name())
	}
	st.allScopes = d.usesAllScopes()
	return st, ctx.Err()
}

// take marks the number of a published name as used.
func (st *state) take(name string) {
	if n, ok := oemNumber(name); ok {
		st.taken[n] = true
	}
}

// free returns the lowest number that is not in use.
func (st *state) free() int {
	n := 0
	for st.taken[n] {
		n++
	}
	return n
}

// maxNumber is the highest number of a published name. No limit of Windows is known; a
// higher number counts as a name chosen by a person.
const maxNumber = 99_999

// oemNumber returns N of oemN.inf, or of oemN.pnf, which Windows compiles from it.
func oemNumber(name string) (int, bool) {
	name = strings.ToLower(name)
	if s, ok := strings.CutSuffix(name, ".pnf"); ok {
		name = s + ".inf"
	}
	if !oemName.MatchString(name) {
		return 0, false
	}
	n, err := strconv.Atoi(name[len("oem") : len(name)-len(".inf")])
	return n, err == nil && n <= maxNumber && name == publishedName(n)
}

func publishedName(n int) string { return "oem" + strconv.Itoa(n) + ".inf" }

// usesAllScopes reports whether the first recorded configuration has allScopes.
func (d *installed) usesAllScopes() bool {
	for _, p := range d.packages {
		key := `HKLM\` + p.Hive + `\DriverDatabase\DriverPackages\` + p.Key + `\Configurations`
		for _, name := range d.records.Below(key) {
			k, _ := d.records.Key(key + `\` + name)
			if n, ok := k.Number("ConfigScope"); ok {
				return n == allScopes
			}
		}
	}
	return false
}

// deviceIDs returns the keys below DeviceIds with a value for a published name.
func (w *windows) deviceIDs(published string) []string {
	if w.state.ids == nil {
		w.state.ids = map[string][]string{}
		for _, db := range w.state.databases {
			w.indexIDs(db+`\DeviceIds`, 0)
		}
	}
	return w.state.ids[nt.Fold(published)]
}

func (w *windows) indexIDs(key string, depth int) {
	for _, name := range w.records.Below(key) {
		path := key + `\` + name
		k, _ := w.records.Key(path)
		for _, v := range k.Values {
			if oemName.MatchString(v.Name) {
				name := nt.Fold(v.Name)
				w.state.ids[name] = append(w.state.ids[name], path)
			}
		}
		if depth < maxNesting {
			w.indexIDs(path, depth+1)
		}
	}
}

// has reports whether the image has a file or folder.
func (w *windows) has(name string) (bool, error) {
	_, err := w.files.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// values maps the values of a key by their folded names; none if the key does not
// exist.
func (w *windows) values(key string) map[string]image.Value {
	k, _ := w.records.Key(key)
	m := make(map[string]image.Value, len(k.Values))
	for _, v := range k.Values {
		m[nt.Fold(v.Name)] = v
	}
	return m
}
