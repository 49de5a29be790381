// Package driverstore lists, imports and removes the driver packages in an image's
// driver store. Begin with [Packages], which only lists, and [Open], which returns a
// [Store] for changes.
//
// Windows records them in the key DriverDatabase: since Windows 8 in the hive SYSTEM,
// since Windows 10 those that are not needed to start in the hive DRIVERS. Both are
// read. Earlier versions have no such key: the list is empty, and a note says so.
//
// Microsoft does not document the records. A [Store] writes what Windows is known to
// write, from the records of real packages; docs/decisions/0013 says how each value was
// established and which are approximated. It refuses packages whose records are not
// known. A package of a boot-critical class is recorded in SYSTEM and reflected: its
// services are set up and its files copied out of the store. Any other is recorded in
// DRIVERS and staged, until Windows finds its device.
package driverstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"time"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/regread"
)

// Unknown is the value of fields in an unknown form.
const Unknown = "unknown"

// Repository is the folder of the driver store; each package has a folder of its
// own there.
const Repository = "Windows/System32/DriverStore/FileRepository"

// Package is a driver package. Properties that the image does not have are empty.
type Package struct {
	Key           string // name of its folder: INF file, architecture, hash
	Hive          string // hive of its record: SYSTEM or DRIVERS
	PublishedName string // of its INF file in Windows\INF: oem7.inf, or the inbox name
	OriginalName  string // of its INF file when it was added
	Provider      string
	Class         string // name of the device class
	ClassGUID     string // in braces and lower case
	Version       string // four numbers; Unknown
	Date          time.Time
	Arch          string // x86, amd64, arm, arm64; Unknown
	HardwareIDs   []string
	BootCritical  *bool // nil: neither the record nor the class says
	Signer        string
	Inbox         bool   // came with Windows
	Folder        string // in the image; empty if there is none
}

const classes = `HKLM\SYSTEM\CurrentControlSet\Control\Class`

// databases are the keys where drivers are recorded, in order of precedence.
func databases() []struct{ hive, key string } {
	return []struct{ hive, key string }{
		{"SYSTEM", systemDatabase},
		{"DRIVERS", driversDatabase},
	}
}

var oemName = regexp.MustCompile(`(?i)^oem[0-9]+\.inf$`)

// Packages lists the driver packages in the image, those that did not come with
// Windows first, and notes of what could not be read. A package that both hives record is taken from SYSTEM.
func Packages(ctx context.Context, s image.Session) ([]Package, []string, error) {
	r, err := read(ctx, s, false)
	if err != nil {
		return nil, nil, err
	}
	return r.packages, r.Notes(), nil
}

// newReader returns a reader of the image, before it has read anything.
func newReader(s image.Session) (*reader, error) {
	records, err := regread.NewReader(s)
	if err != nil {
		return nil, err
	}
	files, ok := image.As[image.Files](s)
	if !ok {
		return nil, fmt.Errorf("the image gives no access to its %s", image.CanFiles)
	}
	return &reader{Reader: records, files: files, seen: map[string]bool{}, classes: map[string]deviceClass{}}, nil
}

// read reads the databases of the image; if brief, without the hardware IDs of packages
// that came with Windows, which are most of the data.
func read(ctx context.Context, s image.Session, brief bool) (*reader, error) {
	r, err := newReader(s)
	if err != nil {
		return nil, err
	}
	r.brief = brief
	for _, db := range databases() {
		if err := r.database(ctx, db.hive, db.key); err != nil {
			return nil, fmt.Errorf("driver store: %w", err)
		}
	}
	if !r.found {
		r.Note("the image has no driver database, as Windows before 8 has none: its drivers can't be listed")
	}
	slices.SortFunc(r.packages, comparePackages)
	return r, nil
}

// comparePackages orders packages by published name.
func comparePackages(a, b Package) int {
	if c := compareNames(a.PublishedName, b.PublishedName); c != 0 {
		return c
	}
	return nt.Compare(a.Key, b.Key)
}

// compareNames orders published names: first those that were added, by number,
// then those that came with Windows.
func compareNames(a, b string) int {
	x, y := oemName.MatchString(a), oemName.MatchString(b)
	switch {
	case x && !y:
		return -1
	case y && !x:
		return 1
	case x && len(a) != len(b):
		return len(a) - len(b)
	}
	return nt.Compare(a, b)
}

// reader collects packages.
type reader struct {
	*regread.Reader
	files    image.Files
	packages []Package
	found    bool                   // the image has a database
	brief    bool                   // without the hardware IDs of packages that came with Windows
	seen     map[string]bool        // keys, folded
	classes  map[string]deviceClass // by GUID, folded
}

// database reads one hive's packages.
func (r *reader) database(ctx context.Context, hive, key string) error {
	names, err := r.Subkeys(key + `\DriverPackages`)
	if err != nil {
		return err
	}
	if _, ok := r.Key(key); ok {
		r.found = true
	}
	published := r.published(key + `\DriverInfFiles`)
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		folded := nt.Fold(name)
		if r.seen[folded] {
			continue
		}
		r.seen[folded] = true
		p := Package{Key: name, Hive: hive, PublishedName: published[folded]}
		r.read(&p, key+`\DriverPackages\`+name)
		r.packages = append(r.packages, p)
	}
	return nil
}

// published maps packages, folded, to their published INF files.
func (r *reader) published(key string) map[string]string {
	names := map[string]string{}
	for _, inf := range r.Below(key) {
		k, _ := r.Key(key + `\` + inf)
		for _, v := range k.Texts("") {
			names[nt.Fold(v)] = inf
		}
	}
	return names
}

// deviceClass is the image's record of a device class.
type deviceClass struct {
	name     string // empty if there is no such class
	critical bool   // boot-critical
}

// class returns the device class of a GUID.
func (r *reader) class(guid string) deviceClass {
	folded := nt.Fold(guid)
	c, ok := r.classes[folded]
	if !ok {
		k, _ := r.Key(classes + `\` + guid)
		c.name = k.Text("Class")
		if k, ok := r.Key(classes + `\` + guid + bootCritical); ok && len(k.Values) == 1 {
			v := k.Values[0]
			c.critical = v.Name == "" && len(v.Data) == 1 && v.Data[0] != 0
		}
		r.classes[folded] = c
	}
	return c
}

// folder returns the package's folder in the driver store, if it exists.
func (r *reader) folder(key string) string {
	name, err := image.CleanPath(Repository + "/" + key)
	if err != nil {
		r.Note("driver package %q: %v", key, err)
		return ""
	}
	info, err := r.files.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ""
	case err != nil:
		r.Note("driver package %q: %v", key, err)
		return ""
	case !info.IsDir():
		return ""
	}
	return name
}
