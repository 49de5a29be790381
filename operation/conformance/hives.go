package conformance

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
)

// hiveFile is a hive that gild wrote.
type hiveFile struct{ of, file string }

// hives are hive files that gild wrote, for Windows to load.
type hives struct {
	dir  string
	kept []hiveFile
}

// listing is the content of a hive by the folded names of keys and values: "" for a key; type,
// size and digest for a value.
type listing map[string]string

func (l listing) key(path string) { l[nt.Fold(path)] = "" }
func (l listing) value(path, name string, kind uint32, d []byte) {
	l[nt.Fold(path)+"\x00"+nt.Fold(name)] = fmt.Sprintf("type %d, %d bytes, SHA-1 %x", kind, len(d), sha1.Sum(d))
}

// loaders returns the ways in which Windows reads a hive file. Tests replace it.
var loaders = windowsLoaders

// loader reads a hive file without gild's reader. An error of type [skipped] says why this
// machine can't.
type loader struct {
	name, proves string
	load         func(file string) (listing, error)
}

func hiveChecks() []check {
	list := []check{{name: "hives.new", proves: "gild writes a hive with everything that a hive can contain, and its own reader finds no damage", run: newHive}}
	for _, l := range loaders() {
		list = append(list, check{name: "hives." + l.name, proves: l.proves, after: []string{"hives.new"},
			run: func(b *bench, ctx context.Context) error { return loadAll(ctx, b, l) }})
	}
	return list
}

// newHive writes a hive with content that hives of images may lack.
func newHive(b *bench, _ context.Context) error {
	h := hive.New(hive.NewOptions{Written: nt.TimeOf(moment)})
	at := nt.TimeOf(moment)
	var err error
	key := h.Root()
	for _, v := range values() {
		err = errors.Join(err, key.Set(v.Name, v.Type, v.Data, at))
	}
	deep, e := key.CreateSubkey(strings.TrimSuffix(strings.Repeat(`deep\`, 60), `\`), at)
	if err = errors.Join(err, e); err != nil {
		return err
	}
	err = errors.Join(deep.SetClass("a class", at), deep.SetSecurity(protectedKey, at))
	for i := range manyKeys {
		_, e := key.CreateSubkey(fmt.Sprintf("ключ %04d", i), at)
		err = errors.Join(err, e)
	}
	if err != nil {
		return err
	}
	data, err := h.Bytes(hive.WriteOptions{})
	if err != nil {
		return err
	}
	return b.hives.keep("a new hive", data)
}

// protectedKey is the descriptor of a key that only administrators and the system can open.
var protectedKey = descriptor(administrators, 0x1000, allow(administrators, 0xf003f), allow(system, 0xf003f))

// take keeps the hives of an image.
func (hs *hives) take(s image.Session, of string) error {
	list, err := present(s)
	for _, h := range list {
		data, failed := read(s, h.File)
		if failed == nil {
			failed = hs.keep(h.Name+" of "+of, data)
		}
		err = errors.Join(err, failed)
	}
	return err
}

// keep writes a hive for Windows to load, if gild can read all of it.
func (hs *hives) keep(of string, data []byte) error {
	if _, err := listHive(data); err != nil {
		return fmt.Errorf("hive %s: %w", of, err)
	}
	if err := os.MkdirAll(hs.dir, 0o700); err != nil {
		return err
	}
	file := filepath.Join(hs.dir, fmt.Sprintf("%d.hive", len(hs.kept)))
	hs.kept = append(hs.kept, hiveFile{of, file})
	return os.WriteFile(file, data, 0o600)
}

// listHive lists a hive with gild's reader; damage is an error.
func listHive(data []byte) (listing, error) {
	h, err := hive.Parse(data)
	if err != nil {
		return nil, err
	}
	if dirty := h.Dirty(); dirty != "" {
		return nil, errors.New(dirty)
	}
	var errs differences
	for _, f := range h.Check() {
		errs.add(f)
	}
	if err := errs.err(); err != nil {
		return nil, err
	}
	l := listing{}
	return l, l.below("", h.Root())
}

func (l listing) below(path string, key *hive.Key) error {
	values, err := key.Values()
	if err != nil {
		return err
	}
	for _, v := range values {
		l.value(path, v.Name, uint32(v.Type), v.Data)
	}
	keys, err := key.Subkeys()
	for _, k := range keys {
		l.key(path + `\` + k.Name())
		err = errors.Join(err, l.below(path+`\`+k.Name(), k))
	}
	return err
}

// loadAll loads every hive that gild wrote, and compares its content with gild's listing.
func loadAll(ctx context.Context, b *bench, l loader) error {
	var errs differences
	entries := 0
	for _, h := range b.hives.kept {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := os.ReadFile(h.file)
		if err != nil {
			return err
		}
		want, err := listHive(data)
		if err != nil {
			return err
		}
		copied := h.file + ".loaded" // Windows writes into a hive that it loads
		if err := os.WriteFile(copied, data, 0o600); err != nil {
			return err
		}
		got, err := l.load(copied)
		var none skipped
		switch {
		case errors.As(err, &none):
			return err
		case err != nil:
			errs.add(fmt.Errorf("%s: %w", h.of, err))
			continue
		}
		entries += len(want)
		if err := want.compare(got); err != nil {
			errs.add(fmt.Errorf("%s: %w", h.of, err))
		}
	}
	b.note("%d hives with %d keys and values", len(b.hives.kept), entries)
	return errs.err()
}

// compare returns the differences from the listing of another reader.
func (l listing) compare(other listing) error {
	var errs differences
	shown := func(name string) string { return strings.ReplaceAll(name, "\x00", ", value ") }
	for _, name := range slices.Sorted(maps.Keys(l)) {
		switch got, ok := other[name]; {
		case !ok:
			errs.add(fmt.Errorf("%s is not seen", shown(name)))
		case got != l[name]:
			errs.add(fmt.Errorf("%s is %s, but is seen as %s", shown(name), l[name], got))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(other)) {
		if _, ok := l[name]; !ok {
			errs.add(fmt.Errorf("%s is seen, but does not exist", shown(name)))
		}
	}
	return errs.err()
}

// sameHiveFiles compares a hive of two images, key by key.
func sameHiveFiles(a, b *wim.Image, name string) error {
	var lists [2]listing
	for i, img := range []*wim.Image{a, b} {
		data, err := fs.ReadFile(img, name)
		if err != nil {
			return err
		}
		if lists[i], err = listHive(data); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := lists[0].compare(lists[1]); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

const (
	provesOffreg = "Windows' offline registry library (offreg.dll) opens every hive that gild wrote, and reads the same content"
	provesLoaded = "Windows loads every hive that gild wrote into its registry, and shows the same content"
)
